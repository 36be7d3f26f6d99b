#include "kernel/cgroup/v1_hierarchies.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/tree.h"
#include "kernel/cgroup/v1_limits.h"

namespace cgroup_v1 {

namespace {

bool isThere(const Path& path) {
  return access(path.c_str(), F_OK) == 0;
}

void moveTo(const Path& level, pid_t pid) {
  try {
    writeKnob(level / "cgroup.procs", cat(pid));
  } catch (const Error& error) {
    if (error.code() != ESRCH) {
      throw;
    }
  }
}

}  // namespace

Hierarchies::Hierarchies(CgroupMounts mounts, const std::string& path)
    : mounts_(std::move(mounts)), path_(path), relative_(Path(path).relative_path()) {}

bool Hierarchies::holds(const std::string& controller) const {
  return has(controller) && isThere(directory(controller));
}

std::set<Path> Hierarchies::used() const {
  std::set<Path> all;
  for (const auto& controller : {"", "freezer", "memory", "cpuacct", "pids", "cpu", "cpuset",
                                 "blkio", "devices", "hugetlb"}) {
    const auto mount = mounts_->find(controller);
    if (mount != mounts_->end() && (mount->first != "freezer" || !has(""))) {
      all.insert(mount->second);
    }
  }
  return all;
}

std::vector<std::pair<std::string, Path>> Hierarchies::places() const {
  std::vector<std::pair<std::string, Path>> places;
  for (const Path& mount : used()) {
    places.emplace_back(mount.filename().native(), mount / relative_);
  }
  return places;
}

std::vector<Path> Hierarchies::nearestLevels() const {
  std::vector<Path> levels;
  for (const Path& mount : used()) {
    if (has("") && mount == mounts_->at("")) {
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

bool Hierarchies::makeIn(const std::string& controller, Rollback& undo) const {
  const Path root = mount(controller);
  return makeLevels(root, path_, undo, [&](const Path& level) {
    if (controller == "cpuset" && level != root) {
      initialiseCpuset(level);
    }
  });
}

/// A process that forks meanwhile leaves its child behind, so the list is read until nothing on it
/// is new.
void Hierarchies::enter(const std::string& controller,
                        const std::function<std::vector<pid_t>()>& processes) const {
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

void Hierarchies::leave(const std::string& controller) const {
  const Path above = directory(controller).parent_path();
  for (const pid_t pid : processesBelow(directory(controller))) {
    try {
      moveTo(above, pid);
    } catch (const Error&) {  // the rmdir that follows then finds the node busy, and leaves it
      return;
    }
  }
}

}  // namespace cgroup_v1
