#include "kernel/cgroup/v2.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/devices.h"
#include "kernel/cgroup/io_weight.h"
#include "kernel/cgroup/knobs.h"
#include "kernel/cgroup/readings.h"
#include "kernel/cgroup/tree.h"
#include "kernel/cgroup/v2_limits.h"
#include "kernel/cgroup/v2_readings.h"

namespace {

using std::chrono::steady_clock;

/// For the statistics. CPU time needs no controller.
const std::vector<std::string> wantedForStats = {"memory", "pids", "io"};

std::vector<std::string> words(const std::optional<std::string>& text) {
  return text && !trim(*text).empty() ? split(trim(*text), ' ') : std::vector<std::string>();
}

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

class CgroupV2 : public Cgroup {
 public:
  CgroupV2(Path root, const std::string& path)
      : Cgroup(path),
        root_(std::move(root)),
        directory_(root_ / Path(path).relative_path()),
        tree_(unifiedTree(directory_)) {}

  void create(const CgroupLimits& limits) override {
    refuse(limits);
    Rollback undo;
    const auto needed = cgroup_v2::controllersFor(limits);
    const bool isNew = makeLevels(root_, path_, undo, [&](const Path& level) {
      if (level != directory_) {
        offerBelow(level, needed);
      }
    });
    put(limits, isNew);
    undo.commit();
  }

  void apply(const CgroupLimits& limits) override {
    refuse(limits);
    const auto needed = cgroup_v2::controllersFor(limits);
    Path level = root_;
    for (const Path& name : Path(path_).relative_path()) {
      offerBelow(level, needed);
      level /= name;
    }
    put(limits, false);
  }

  UniqueFd openForClone() const override {
    UniqueFd fd(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
      throw systemError("opening cgroup ", directory_.native());
    }
    return fd;
  }

  std::vector<UniqueFd> openForSelfAttach() const override { return {}; }

  std::vector<std::pair<std::string, Path>> directories() const override {
    return {{"", directory_}};
  }

  void attach(pid_t pid) override {
    within(cat("moving process ", pid, " into cgroup ", path_),
           [&] { writeKnob(directory_ / "cgroup.procs", cat(pid)); });
  }

  bool exists() const override { return access(directory_.c_str(), F_OK) == 0; }
  std::vector<pid_t> processes() const override { return tree_->processes(); }
  std::vector<std::string> children() const override { return tree_->children(); }
  void freeze() override { tree_->freeze(); }
  void thaw() override { tree_->thaw(); }
  bool frozen() const override { return tree_->frozen(); }
  void kill() override { tree_->kill(); }

  using Cgroup::stats;
  CgroupStats stats(CgroupStats::Extent extent, pid_t /*member*/) const override {
    return cgroup_v2::readStats(root_, directory_, extent);
  }
  CgroupLimits limits() const override { return cgroup_v2::readLimits(directory_); }
  std::optional<Pressure> pressure(std::string_view resource) const override {
    return readPressure(directory_, resource);
  }

  std::uint64_t oomKills() const override {
    return readField(directory_, "memory.events", "oom_kill");
  }

  OomWatch watchOom() const override {
    return {openWatched(directory_ / "memory.events"), EPOLLPRI};
  }

  std::uint64_t oomEvents(const OomWatch& /*watch*/) const override {
    std::uint64_t count = 0;
    for (Path level = directory_; level != root_; level = level.parent_path()) {
      count += cgroup_v2::ownOomEvents(level);
    }
    return count;
  }

  std::uint64_t pidsRefused() const override { return readField(directory_, "pids.events", "max"); }
  UniqueFd watchPids() const override { return openWatched(directory_ / "pids.events"); }

  void remove() override {
    const auto deadline = steady_clock::now() + removalTime;
    if (rmdir(directory_.c_str()) == 0 || errno == ENOENT) {
      return;
    }
    tree_->waitUntilEmpty(removalTime);
    removeLevels(directory_, deadline);
  }

  bool removeIfEmpty() override { return rmdir(directory_.c_str()) == 0 || errno == ENOENT; }

 private:
  void refuse(const CgroupLimits& limits) const {
    cgroup_v2::refuseV1Limits(path_, limits);
    refuseIdleWeights(path_, limits, root_ / "io.cost.qos");
  }

  /// Turns on, for the children of a level, what is needed and not on yet, and as much of what the
  /// statistics want as there is.
  void offerBelow(const Path& level, const std::vector<std::string>& needed) {
    const auto offered = words(readFileIfExists(level / "cgroup.subtree_control"));
    const auto wanted = [&](const std::string& name) { return !has(offered, name); };
    std::string required;
    for (const std::string& name : needed) {
      if (wanted(name)) {
        required += cat(required.empty() ? "+" : " +", name);
      }
    }
    const bool statsMissing = std::any_of(wantedForStats.begin(), wantedForStats.end(), wanted);
    if (required.empty() && !statsMissing) {
      return;
    }
    const auto available = words(readFileIfExists(level / "cgroup.controllers"));
    for (const std::string& name : needed) {
      if (!has(available, name)) {
        failMissingController(path_, name, cat("cgroup v2 hierarchy (", level.native(), ")"));
      }
    }
    std::string all = required;
    for (const std::string& name : wantedForStats) {
      if (wanted(name) && has(available, name) && !has(needed, name)) {
        all += cat(all.empty() ? "+" : " +", name);
      }
    }
    if (!all.empty()) {
      turnOn(level, all, required);
    }
  }

  void turnOn(const Path& level, const std::string& all, const std::string& required) {
    const Path file = level / "cgroup.subtree_control";
    try {
      writeKnob(file, all);
    } catch (const Error&) {
      if (required.empty()) {
        return;
      }
      within(cat("enabling \"", required, "\" below cgroup ", level.native(),
                 " (it must have no processes of its own)"),
             [&] { writeKnob(file, required); });
    }
  }

  void put(const CgroupLimits& limits, bool fresh) {
    KnobChanges knobs(path_, fresh);
    cgroup_v2::setLimits(knobs, directory_, limits);
    if (limits.devices) {
      attachDeviceProgram(directory_, *limits.devices);
    }
    knobs.commit();
  }

  static constexpr std::chrono::milliseconds removalTime{5'000};
  Path root_, directory_;
  std::unique_ptr<ProcessTree> tree_;
};

}  // namespace

std::unique_ptr<Cgroup> openCgroupV2(const Path& root, const std::string& path) {
  return std::make_unique<CgroupV2>(root, path);
}
