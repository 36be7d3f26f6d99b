#include "kernel/cgroup/v1.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/devices.h"
#include "kernel/cgroup/io_weight.h"
#include "kernel/cgroup/knobs.h"
#include "kernel/cgroup/readings.h"
#include "kernel/cgroup/tree.h"
#include "kernel/cgroup/v1_controllers.h"
#include "kernel/cgroup/v1_hierarchies.h"

namespace {

using std::chrono::steady_clock;

/// The hierarchies in which every node is made: for the statistics, the out-of-memory count, and
/// the number of processes.
constexpr std::array<const char*, 3> always = {"memory", "cpuacct", "pids"};
/// Those that a node is in when a limit asks for it.
constexpr std::array<const char*, 5> onDemand = {"cpu", "cpuset", "blkio", "devices", "hugetlb"};
constexpr std::chrono::milliseconds removalTime{5'000};

std::uint64_t oomKillsBelow(const Path& directory) {
  // Unlike v2's, this count is of the victims in the node itself.
  std::uint64_t kills = readField(directory, "memory.oom_control", "oom_kill");
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
  CgroupV1(CgroupMounts mounts, const std::string& path)
      : Cgroup(path), at_(std::move(mounts), path) {
    const bool hybrid = at_.has("");
    if (!hybrid && !at_.has("freezer")) {
      throw Error(ErrorKind::unsupported,
                  cat("opening cgroup ", path,
                      ": neither a cgroup v2 hierarchy nor the freezer controller is mounted"));
    }
    tree_ = hybrid ? unifiedTree(at_.directory("")) : freezerTree(at_.directory("freezer"));
  }

  void create(const CgroupLimits& limits) override {
    refuse(limits);
    Rollback undo;
    const Path treeRoot = at_.mount(at_.has("") ? "" : "freezer");
    bool isNew = makeLevels(treeRoot, path_, undo, [](const Path&) {});
    for (const char* controller : always) {
      if (at_.has(controller)) {
        isNew = at_.makeIn(controller, undo) && isNew;
      }
    }
    for (const char* controller : onDemand) {
      if (wants(limits, controller)) {
        require(controller);
        at_.makeIn(controller, undo);
      }
    }
    put(limits, isNew);
    undo.commit();
  }

  void apply(const CgroupLimits& limits) override {
    refuse(limits);
    Rollback undo;
    for (const char* controller : onDemand) {
      if (wants(limits, controller)) {
        require(controller);
        if (!at_.holds(controller)) {
          undo.add([this, controller] { at_.leave(controller); });
          at_.makeIn(controller, undo);
          at_.enter(controller, [this] { return processes(); });
        }
      }
    }
    put(limits, false);
    undo.commit();
  }

  UniqueFd openForClone() const override {
    if (!at_.has("")) {
      return {};
    }
    UniqueFd fd(open(at_.directory("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
      throw systemError("opening cgroup ", at_.directory("").native());
    }
    return fd;
  }

  std::vector<UniqueFd> openForSelfAttach() const override {
    std::vector<UniqueFd> files;
    for (const Path& level : at_.nearestLevels()) {
      files.emplace_back(open((level / "tasks").c_str(), O_WRONLY | O_CLOEXEC));
      if (!files.back()) {
        throw systemError("opening cgroup ", level.native());
      }
    }
    return files;
  }

  std::vector<std::pair<std::string, Path>> directories() const override {
    std::vector<std::pair<std::string, Path>> found;
    for (auto& place : at_.places()) {
      if (access(place.second.c_str(), F_OK) == 0) {
        found.push_back(std::move(place));
      }
    }
    return found;
  }

  void attach(pid_t pid) override {
    within(cat("moving process ", pid, " into cgroup ", path_), [&] {
      if (at_.has("")) {
        writeKnob(at_.directory("") / "cgroup.procs", cat(pid));
      }
      for (const Path& level : at_.nearestLevels()) {
        writeKnob(level / "cgroup.procs", cat(pid));
      }
    });
  }

  bool exists() const override { return access(tree_->directory().c_str(), F_OK) == 0; }
  std::vector<pid_t> processes() const override { return tree_->processes(); }
  std::vector<std::string> children() const override { return tree_->children(); }
  void freeze() override { tree_->freeze(); }
  void thaw() override { tree_->thaw(); }
  bool frozen() const override { return tree_->frozen(); }
  void kill() override { tree_->kill(); }

  using Cgroup::stats;
  CgroupStats stats(CgroupStats::Extent extent, pid_t member) const override {
    CgroupStats stats;
    for (const auto& [controller, read] : cgroup_v1::statsReaders) {
      if (at_.has(controller)) {
        read(at_.directory(controller), extent, stats);
      }
    }
    const bool alone = member > 0 && stats.pids == 1;
    const BlockBytes bytes = blockBytesOf(alone ? std::vector{member} : processes());
    stats.readBytes = bytes.read;
    stats.writeBytes = bytes.written;
    return stats;
  }

  CgroupLimits limits() const override {
    CgroupLimits limits;
    for (const auto& [controller, read] : cgroup_v1::limitReaders) {
      if (at_.holds(controller)) {
        read(at_.directory(controller), limits);
      }
    }
    return limits;
  }

  std::optional<Pressure> pressure(std::string_view resource) const override {
    return at_.has("") ? readPressure(at_.directory(""), resource) : std::nullopt;
  }

  std::uint64_t oomKills() const override {
    return at_.has("memory") ? oomKillsBelow(at_.directory("memory")) : 0;
  }

  OomWatch watchOom() const override {
    if (!at_.has("memory")) {
      return {};
    }
    return {within(cat("watching cgroup ", path_),
                   [&] { return cgroup_v1::registerOomEvents(at_.directory("memory")); }),
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
    return at_.has("pids") ? readField(at_.directory("pids"), "pids.events", "max") : 0;
  }

  /// Since Linux 6.11 nobody is woken for this file on v1: pids_event() notifies another one.
  UniqueFd watchPids() const override { return {}; }

  void remove() override {
    const auto deadline = steady_clock::now() + removalTime;
    if (rmdir(tree_->directory().c_str()) != 0 && errno != ENOENT) {
      tree_->waitUntilEmpty(removalTime);
    }
    for (const auto& [name, place] : at_.places()) {
      removeLevels(place, deadline);
    }
  }

  bool removeIfEmpty() override {
    bool gone = true;
    for (const auto& [name, place] : at_.places()) {
      gone = (rmdir(place.c_str()) == 0 || errno == ENOENT) && gone;
    }
    return gone;
  }

 private:
  /// Whether the node must be in the hierarchy for these limits. An eBPF program of the v2
  /// hierarchy does for devices what their controller does, and costs no start another hierarchy.
  bool wants(const CgroupLimits& limits, std::string_view controller) const {
    return cgroup_v1::asks(limits, controller) && (controller != "devices" || !at_.has(""));
  }

  void refuse(const CgroupLimits& limits) const {
    refuseIdleWeights(path_, limits);
    if (!limits.files.empty()) {
      throw Error(ErrorKind::unsupported,
                  cat("limiting cgroup ", path_, ": ", limits.files.begin()->first,
                      " is a file of cgroup v2, and this machine's controllers are in v1"));
    }
  }

  void require(const std::string& controller) const {
    if (!at_.has(controller)) {
      failMissingController(path_, controller, "cgroup v1 hierarchies");
    }
  }

  void put(const CgroupLimits& limits, bool fresh) {
    KnobChanges knobs(path_, fresh);
    for (const auto& [controller, set] : cgroup_v1::setters) {
      if (cgroup_v1::asks(limits, controller)) {
        require(controller);
        set(knobs, at_.directory(controller), limits);
      }
    }
    if (limits.devices) {
      at_.has("") ? attachDeviceProgram(at_.directory(""), *limits.devices)
                  : writeDeviceRules(at_.directory("devices"), *limits.devices);
    }
    knobs.commit();
  }

  cgroup_v1::Hierarchies at_;
  std::unique_ptr<ProcessTree> tree_;
  mutable std::uint64_t oomEvents_ = 0;  ///< what has been taken out of the eventfd
};

}  // namespace

std::unique_ptr<Cgroup> openCgroupV1(CgroupMounts mounts, const std::string& path) {
  return std::make_unique<CgroupV1>(std::move(mounts), path);
}
