#include "image/helper.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "kernel/selfexe.h"

namespace image {
namespace {

constexpr int plainOutput = 3;
constexpr int archiveIsToBlame = 2;  ///< the helper's exit status

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void enter(const Path& directory) {
    posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string readToEnd(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw systemError("reading what the unpacker says");
    }
    if (got == 0) {
      return text;
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

/// The helper lacks the capability for this mark. It may name nothing outside: the path is resolved
/// below the directory.
void markOpaque(const Path& directory, const std::string& path) {
  const UniqueFd root(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  const UniqueFd marked(static_cast<int>(syscall(SYS_openat2, root.get(), name, &how, sizeof how)));
  if (!marked || fsetxattr(marked.get(), "trusted.overlay.opaque", "y", 1, 0) != 0) {
    throw systemError("marking the directory ", path, " as opaque");
  }
}

}  // namespace

HelperRun HelperRun::layer(const UniqueFd& archive, const Path& directory) {
  return {"layer", archive.get(), directory, -1};
}

HelperRun HelperRun::archive(const UniqueFd& archive, const Path& directory) {
  return {"archive", archive.get(), directory, -1};
}

HelperRun HelperRun::digest(const UniqueFd& archive, const Path& empty) {
  return {"digest", archive.get(), empty, -1};
}

HelperRun HelperRun::plain(const UniqueFd& archive, const UniqueFd& output, const Path& empty) {
  return {"plain", archive.get(), empty, output.get()};
}

HelperRun::HelperRun(const char* mode, int archive, const Path& directory, int output)
    : directory_(directory) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw systemError("making a pipe for the unpacker");
  }
  result_.reset(ends[0]);
  const UniqueFd write(ends[1]);
  const std::string path = program("peapod-unpack");
  FileActions actions;
  actions.duplicate(archive, STDIN_FILENO);
  actions.duplicate(write.get(), STDOUT_FILENO);
  actions.duplicate(write.get(), STDERR_FILENO);
  if (output >= 0) {
    actions.duplicate(output, plainOutput);
  }
  actions.enter(directory);
  std::string name = "peapod-unpack";
  std::string modeText = mode;
  std::string caller = std::to_string(getpid());
  char* const arguments[] = {name.data(), modeText.data(), caller.data(), nullptr};
  errno = posix_spawn(&pid_, path.c_str(), actions.get(), nullptr, arguments, environ);
  if (errno != 0) {
    pid_ = -1;
    throw systemError("starting ", path);
  }
}

HelperRun::HelperRun(HelperRun&& other) noexcept
    : directory_(std::move(other.directory_)),
      pid_(std::exchange(other.pid_, -1)),
      result_(std::move(other.result_)) {}

HelperRun::~HelperRun() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    reap();
  }
}

std::optional<int> HelperRun::reap() {
  int status = 0;
  const pid_t child = std::exchange(pid_, -1);
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return status;
}

Unpacked HelperRun::finish() {
  const std::string text = readToEnd(result_.get());
  const auto ended = reap();
  if (!ended) {
    throw systemError("waiting for the unpacker");
  }
  const int status = *ended;
  if (WIFSIGNALED(status)) {
    throw Error(ErrorKind::system, cat("the unpacker was ended by signal ", WTERMSIG(status), " (",
                                       strsignal(WTERMSIG(status)), ")"));
  }
  if (status != 0) {
    const bool blame = WEXITSTATUS(status) == archiveIsToBlame;
    throw Error(blame ? ErrorKind::invalid : ErrorKind::system, std::string(trim(text)));
  }
  Unpacked result;
  for (const std::string& record : split(text, '\0')) {
    const auto space = record.find(' ');
    const std::string key = record.substr(0, space);
    const std::string value = space == std::string::npos ? "" : record.substr(space + 1);
    if (key == "blob") {
      result.blob = value;
    } else if (key == "blob-bytes") {
      result.blobBytes = parseNumber<std::uint64_t>(value).value_or(0);
    } else if (key == "diff-id") {
      result.diffId = value;
    } else if (key == "bytes") {
      result.bytes = parseNumber<std::uint64_t>(value).value_or(0);
    } else if (key == "opaque") {
      markOpaque(directory_, value);
    }
  }
  return result;
}

}  // namespace image
