#include "kernel/cgroup/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "kernel/cgroup/knobs.h"

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds freezeTime{10'000};

milliseconds until(steady_clock::time_point deadline) {
  return std::max(milliseconds(0),
                  std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()));
}

std::vector<Path> childrenOf(const Path& directory) {
  std::vector<Path> children;
  struct stat status {};
  // The kernel counts a link for each directory in it, beside its own two.
  constexpr nlink_t childless = 2;
  if (stat(directory.c_str(), &status) != 0 || status.st_nlink == childless) {
    return children;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) {
    return children;
  }
  while (const dirent* entry = readdir(stream.get())) {
    // A kernel directory says what its entries are; "." and ".." begin with the dot that no cgroup
    // of ours does.
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
      children.push_back(directory / entry->d_name);
    }
  }
  return children;
}

void collect(const Path& directory, std::vector<pid_t>& pids) {
  std::optional<std::string> text;
  try {
    text = readKnob(directory, "cgroup.procs");
  } catch (const Error& error) {
    if (error.code() != ENODEV) {  // removed between open and read
      throw;
    }
  }
  if (!text) {
    return;
  }
  for (const std::string& line : split(*text, '\n')) {
    // 0 stands for a process of another PID namespace, which cannot be named from here.
    if (const auto pid = parseNumber<pid_t>(line); pid && *pid > 0) {
      pids.push_back(*pid);
    }
  }
  for (const Path& child : childrenOf(directory)) {
    collect(child, pids);
  }
}

class UnifiedTree : public ProcessTree {
 public:
  using ProcessTree::ProcessTree;

  void freeze() override {
    writeKnob(directory_ / "cgroup.freeze", "1");
    if (!waitForEvent("frozen", 1, freezeTime)) {
      writeKnob(directory_ / "cgroup.freeze", "0");
      throw Error(ErrorKind::system, cat("freezing ", directory_.native(),
                                         ": not all processes stood still within 10 seconds"));
    }
  }

  void thaw() override { writeKnob(directory_ / "cgroup.freeze", "0"); }

  bool frozen() const override { return readField(directory_, "cgroup.events", "frozen") == 1; }

  void kill() override {
    try {
      writeKnob(directory_ / "cgroup.kill", "1");
    } catch (const Error& error) {
      if (error.code() != ENOENT && error.code() != ENODEV) {  // not there: nothing to kill
        throw;
      }
    }
  }

  bool waitUntilEmpty(milliseconds time) const override {
    return waitForEvent("populated", 0, time);
  }

 private:
  /// The kernel wakes pollers of cgroup.events at every change
  /// (Documentation/admin-guide/cgroup-v2.rst).
  bool waitForEvent(std::string_view key, std::uint64_t value, milliseconds time) const {
    const Path file = directory_ / "cgroup.events";
    const auto deadline = steady_clock::now() + time;
    const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
      return value == 0;  // gone, and with it all that was in it
    }
    while (true) {
      std::array<char, 256> text{};
      const ssize_t count = pread(fd.get(), text.data(), text.size(), 0);
      if (count <= 0) {
        return value == 0;
      }
      const std::string wanted = cat(key, ' ', value, '\n');
      if (std::string_view(text.data(), static_cast<std::size_t>(count)).find(wanted) !=
          std::string_view::npos) {
        return true;
      }
      const auto left = until(deadline);
      if (left.count() == 0) {
        return false;
      }
      pollfd event{fd.get(), POLLPRI, 0};
      poll(&event, 1, static_cast<int>(left.count()));
    }
  }
};

void thawBelow(const Path& directory) {
  try {
    writeKnob(directory / "freezer.state", "THAWED");
  } catch (const Error& error) {
    if (error.code() != ENOENT && error.code() != ENODEV) {  // removed meanwhile
      throw;
    }
  }
  for (const Path& child : childrenOf(directory)) {
    thawBelow(child);
  }
}

/// Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst. No events here: a freezing cgroup is
/// asked again.
class FreezerTree : public ProcessTree {
 public:
  using ProcessTree::ProcessTree;

  void freeze() override {
    writeKnob(directory_ / "freezer.state", "FROZEN");
    const auto deadline = steady_clock::now() + freezeTime;
    while (!frozen()) {
      if (until(deadline).count() == 0) {
        thaw();
        throw Error(ErrorKind::system, cat("freezing ", directory_.native(),
                                           ": not all processes stood still within 10 seconds"));
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

  void thaw() override { writeKnob(directory_ / "freezer.state", "THAWED"); }

  bool frozen() const override {
    return readFileIfExists(directory_ / "freezer.state").value_or("") == "FROZEN\n";
  }

  /// Frozen processes cannot fork away from the list; the signal acts when they are thawed, each
  /// node that was frozen by itself included.
  void kill() override {
    if (access(directory_.c_str(), F_OK) != 0) {
      return;
    }
    freeze();
    for (const pid_t pid : processes()) {
      ::kill(pid, SIGKILL);
    }
    thawBelow(directory_);
  }

  bool waitUntilEmpty(milliseconds time) const override {
    const auto deadline = steady_clock::now() + time;
    while (true) {
      const auto left = processes();
      if (left.empty() || until(deadline).count() == 0) {
        return left.empty();
      }
      waitForEnd(left, until(deadline));
    }
  }
};

bool makeLevel(const Path& directory, Rollback& undo) {
  if (mkdir(directory.c_str(), 0755) == 0) {
    undo.add([directory] { rmdir(directory.c_str()); });
    return true;
  }
  if (errno != EEXIST) {
    throw systemError("creating cgroup ", directory.native());
  }
  return false;
}

void removeOne(const Path& directory, steady_clock::time_point deadline) {
  while (rmdir(directory.c_str()) != 0) {
    if (errno == ENOENT) {
      return;
    }
    if (errno != EBUSY) {
      throw systemError("removing cgroup ", directory.native());
    }
    const auto processes = processesBelow(directory);
    if (until(deadline).count() == 0) {
      std::string names;
      for (const pid_t pid : processes) {
        names += cat(names.empty() ? "" : ", ", pid);
      }
      throw Error(ErrorKind::in_use,
                  cat("removing cgroup ", directory.native(), ": still busy",
                      names.empty() ? "" : cat(" with the processes ", names)),
                  EBUSY);
    }
    if (processes.empty()) {
      // The last one has left the list and not yet the count: a matter of microseconds.
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    } else {
      waitForEnd(processes, until(deadline));
    }
  }
}

}  // namespace

std::unique_ptr<ProcessTree> unifiedTree(Path directory) {
  return std::make_unique<UnifiedTree>(std::move(directory));
}

std::unique_ptr<ProcessTree> freezerTree(Path directory) {
  return std::make_unique<FreezerTree>(std::move(directory));
}

std::vector<pid_t> ProcessTree::processes() const {
  return processesBelow(directory_);
}

std::vector<std::string> ProcessTree::children() const {
  std::vector<std::string> names;
  for (const Path& child : childrenOf(directory_)) {
    names.push_back(child.filename());
  }
  return names;
}

std::vector<pid_t> processesBelow(const Path& directory) {
  std::vector<pid_t> pids;
  collect(directory, pids);
  return pids;
}

void waitForEnd(const std::vector<pid_t>& processes, milliseconds time) {
  const auto deadline = steady_clock::now() + time;
  for (const pid_t pid : processes) {
    const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (pidfd) {
      pollfd event{pidfd.get(), POLLIN, 0};
      poll(&event, 1, static_cast<int>(until(deadline).count()));
    }
  }
}

bool makeLevels(const Path& root, const std::string& path, Rollback& undo,
                const std::function<void(const Path&)>& arrive) {
  constexpr int attempts = 100;
  for (int attempt = 1;; ++attempt) {
    try {
      Path directory = root;
      bool isNew = false;
      for (const std::string& level : split(path, '/')) {
        if (level.empty()) {
          continue;
        }
        arrive(directory);
        directory /= level;
        isNew = makeLevel(directory, undo);
      }
      arrive(directory);
      return isNew;
    } catch (const Error& error) {
      const bool vanished = error.code() == ENOENT || error.code() == ENODEV;
      if (!vanished || attempt == attempts || access(root.c_str(), F_OK) != 0) {
        throw;
      }
    }
  }
}

void removeLevels(const Path& directory, steady_clock::time_point deadline) {
  if (rmdir(directory.c_str()) == 0 || errno == ENOENT) {
    return;
  }
  for (const Path& child : childrenOf(directory)) {
    removeLevels(child, deadline);
  }
  removeOne(directory, deadline);
}
