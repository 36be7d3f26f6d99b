#include "kernel/cgroup/v1.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/devices.h"
#include "kernel/cgroup/knobs.h"
#include "kernel/cgroup/readings.h"
#include "kernel/cgroup/tree.h"
#include "kernel/cgroup/v1_controllers.h"

namespace {

using std::chrono::steady_clock;

/// The hierarchies in which every node is made: for the statistics, the out-of-memory count, and
/// the number of processes.
constexpr std::array<const char*, 3> always = {"memory", "cpuacct", "pids"};
/// Those that a node is in when a limit asks for it.
constexpr std::array<const char*, 4> onDemand = {"cpu", "cpuset", "blkio", "devices"};
constexpr std::chrono::milliseconds removalTime{5'000};

bool isThere(const Path& path) {
  return access(path.c_str(), F_OK) == 0;
}

std::uint64_t oomKillsBelow(const Path& directory) {
  // Unlike v2's, this count is of the victims in the node itself.
  std::uint64_t kills = readField(directory / "memory.oom_control", "oom_kill");
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    if (entry.is_directory(none)) {
      kills += oomKillsBelow(entry.path());
    }
  }
  return kills;
}

class CgroupV1 : public Cgroup {
 public:
  CgroupV1(const std::map<std::string, Path>& mounts, const std::string& path)
      : Cgroup(path), mounts_(mounts), relative_(Path(path).relative_path()) {
    const bool hybrid = mounts_.contains("");
    if (!hybrid && !mounts_.contains("freezer")) {
      throw Error(ErrorKind::unsupported,
                  cat("opening cgroup ", path,
                      ": neither a cgroup v2 hierarchy nor the freezer controller is mounted"));
    }
    tree_ = hybrid ? unifiedTree(directory("")) : freezerTree(directory("freezer"));
  }

  void create(const CgroupLimits& limits) override {
    refuseV2Files(limits);
    Rollback undo;
    const Path treeRoot = mounts_.at(mounts_.contains("") ? "" : "freezer");
    bool isNew = makeLevels(treeRoot, path_, undo, [](const Path&) {});
    for (const char* controller : always) {
      if (mounts_.contains(controller)) {
        isNew = makeIn(controller, undo) && isNew;
      }
    }
    for (const char* controller : onDemand) {
      if (wants(limits, controller)) {
        require(controller);
        makeIn(controller, undo);
      }
    }
    put(limits, isNew);
    undo.commit();
  }

  void apply(const CgroupLimits& limits) override {
    refuseV2Files(limits);
    Rollback undo;
    for (const char* controller : onDemand) {
      if (wants(limits, controller)) {
        require(controller);
        if (!isThere(directory(controller))) {
          undo.add([this, controller] { leave(controller); });
          makeIn(controller, undo);
          enter(controller);
        }
      }
    }
    put(limits, false);
    undo.commit();
  }

  UniqueFd openForClone() const override {
    if (!mounts_.contains("")) {
      return {};
    }
    UniqueFd fd(open(directory("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
      throw systemError("opening cgroup ", directory("").native());
    }
    return fd;
  }

  std::vector<UniqueFd> openForSelfAttach() const override {
    std::vector<UniqueFd> files;
    for (const Path& level : nearestLevels()) {
      files.emplace_back(open((level / "tasks").c_str(), O_WRONLY | O_CLOEXEC));
      if (!files.back()) {
        throw systemError("opening cgroup ", level.native());
      }
    }
    return files;
  }

  std::vector<std::pair<std::string, Path>> directories() const override {
    std::vector<std::pair<std::string, Path>> found;
    for (const Path& mount : hierarchies()) {
      if (isThere(mount / relative_)) {
        found.emplace_back(mount.filename().native(), mount / relative_);
      }
    }
    return found;
  }

  void attach(pid_t pid) override {
    within(cat("moving process ", pid, " into cgroup ", path_), [&] {
      if (mounts_.contains("")) {
        writeKnob(directory("") / "cgroup.procs", cat(pid));
      }
      for (const Path& level : nearestLevels()) {
        writeKnob(level / "cgroup.procs", cat(pid));
      }
    });
  }

  bool exists() const override { return isThere(tree_->directory()); }
  std::vector<pid_t> processes() const override { return tree_->processes(); }
  void freeze() override { tree_->freeze(); }
  void thaw() override { tree_->thaw(); }
  bool frozen() const override { return tree_->frozen(); }
  void kill() override { tree_->kill(); }

  CgroupStats stats() const override {
    CgroupStats stats;
    readFrom(cgroup_v1::statsReaders, stats);
    const BlockBytes bytes = blockBytesOf(processes());
    stats.readBytes = bytes.read;
    stats.writeBytes = bytes.written;
    return stats;
  }

  CgroupLimits limits() const override {
    CgroupLimits limits;
    readFrom(cgroup_v1::limitReaders, limits);
    return limits;
  }

  std::optional<Pressure> pressure(std::string_view resource) const override {
    return mounts_.contains("") ? readPressure(directory(""), resource) : std::nullopt;
  }

  std::uint64_t oomKills() const override {
    return mounts_.contains("memory") ? oomKillsBelow(directory("memory")) : 0;
  }

  OomWatch watchOom() const override {
    if (!mounts_.contains("memory")) {
      return {};
    }
    return {within(cat("watching cgroup ", path_),
                   [&] { return cgroup_v1::registerOomEvents(directory("memory")); }),
            EPOLLIN};
  }

  std::uint64_t oomEvents(const OomWatch& watch) const override {
    std::uint64_t count = 0;
    if (watch.fd && read(watch.fd.get(), &count, sizeof count) == sizeof count) {
      oomEvents_ += count;
    }
    return oomEvents_;
  }

  std::uint64_t pidsRefused() const override {
    return mounts_.contains("pids") ? readField(directory("pids") / "pids.events", "max") : 0;
  }

  /// Since Linux 6.11 nobody is woken for this file on v1: pids_event() notifies another one.
  UniqueFd watchPids() const override { return {}; }

  void remove() override {
    const auto deadline = steady_clock::now() + removalTime;
    if (rmdir(tree_->directory().c_str()) != 0 && errno != ENOENT) {
      tree_->waitUntilEmpty(removalTime);
    }
    for (const Path& mount : hierarchies()) {
      removeLevels(mount / relative_, deadline);
    }
  }

  bool removeIfEmpty() override {
    bool gone = true;
    for (const Path& mount : hierarchies()) {
      gone = (rmdir((mount / relative_).c_str()) == 0 || errno == ENOENT) && gone;
    }
    return gone;
  }

 private:
  Path directory(const std::string& controller) const { return mounts_.at(controller) / relative_; }

  /// Every mount that nodes are made in, once: controllers may be mounted together ("cpu,cpuacct").
  std::set<Path> hierarchies() const {
    std::set<Path> all;
    for (const auto& controller :
         {"", "freezer", "memory", "cpuacct", "pids", "cpu", "cpuset", "blkio", "devices"}) {
      const auto mount = mounts_.find(controller);
      if (mount != mounts_.end() && (mount->first != "freezer" || !mounts_.contains(""))) {
        all.insert(mount->second);
      }
    }
    return all;
  }

  /// In each v1 hierarchy the node or, where it is not there, the closest one above it: a pod's CPU
  /// limit holds for a container without one of its own.
  std::vector<Path> nearestLevels() const {
    std::vector<Path> levels;
    for (const Path& mount : hierarchies()) {
      if (mounts_.contains("") && mount == mounts_.at("")) {
        continue;
      }
      for (Path level = relative_; !level.empty(); level = level.parent_path()) {
        if (isThere(mount / level)) {
          levels.push_back(mount / level);
          break;
        }
      }
    }
    return levels;
  }

  /// Whether the node must be in the hierarchy for these limits. An eBPF program of the v2
  /// hierarchy does for devices what their controller does, and costs no start another hierarchy.
  bool wants(const CgroupLimits& limits, std::string_view controller) const {
    return cgroup_v1::asks(limits, controller) &&
           (controller != "devices" || !mounts_.contains(""));
  }

  void refuseV2Files(const CgroupLimits& limits) const {
    if (!limits.files.empty()) {
      throw Error(ErrorKind::unsupported,
                  cat("limiting cgroup ", path_, ": ", limits.files.begin()->first,
                      " is a file of cgroup v2, and this machine's controllers are in v1"));
    }
  }

  void require(const std::string& controller) const {
    if (!mounts_.contains(controller)) {
      failMissingController(path_, controller, "cgroup v1 hierarchies");
    }
  }

  bool makeIn(const std::string& controller, Rollback& undo) {
    const Path root = mounts_.at(controller);
    return makeLevels(root, path_, undo, [&](const Path& level) {
      if (controller == "cpuset" && level != root) {
        cgroup_v1::initialiseCpuset(level);
      }
    });
  }

  /// Brings what runs into a hierarchy that the node has come to late. A process that forks
  /// meanwhile leaves its child behind, so the list is read until nothing on it is new.
  void enter(const std::string& controller) {
    std::set<pid_t> moved;
    constexpr int rounds = 100;
    for (int round = 0; round < rounds; ++round) {
      bool again = false;
      for (const pid_t pid : processes()) {
        if (moved.insert(pid).second) {
          moveTo(directory(controller), pid);
          again = true;
        }
      }
      if (!again) {
        return;
      }
    }
  }

  void leave(const std::string& controller) {
    const Path above = directory(controller).parent_path();
    for (const pid_t pid : processesBelow(directory(controller))) {
      try {
        moveTo(above, pid);
      } catch (const Error&) {  // the rmdir that follows then finds the node busy, and leaves it
        return;
      }
    }
  }

  static void moveTo(const Path& level, pid_t pid) {
    try {
      writeKnob(level / "cgroup.procs", cat(pid));
    } catch (const Error& error) {
      if (error.code() != ESRCH) {
        throw;
      }
    }
  }

  void put(const CgroupLimits& limits, bool fresh) {
    KnobChanges knobs(path_, fresh);
    for (const auto& [controller, set] : cgroup_v1::setters) {
      if (cgroup_v1::asks(limits, controller)) {
        require(controller);
        set(knobs, directory(controller), limits);
      }
    }
    if (limits.devices) {
      mounts_.contains("") ? attachDeviceProgram(directory(""), *limits.devices)
                           : writeDeviceRules(directory("devices"), *limits.devices);
    }
    knobs.commit();
  }

  /// Each controller's part, where the node is in its hierarchy.
  template <typename Readers, typename Out>
  void readFrom(const Readers& readers, Out& out) const {
    for (const auto& [controller, read] : readers) {
      if (mounts_.contains(controller) && isThere(directory(controller))) {
        read(directory(controller), out);
      }
    }
  }

  std::map<std::string, Path> mounts_;
  Path relative_;
  std::unique_ptr<ProcessTree> tree_;
  mutable std::uint64_t oomEvents_ = 0;  ///< what has been taken out of the eventfd
};

}  // namespace

std::unique_ptr<Cgroup> openCgroupV1(const std::map<std::string, Path>& mounts,
                                     const std::string& path) {
  return std::make_unique<CgroupV1>(mounts, path);
}
