#pragma once

#include <map>
#include <set>

#include "base/rollback.h"
#include "kernel/cgroup/cgroup.h"

namespace cgroup_v1 {

/// Where one node of the tree is in each of the hierarchies that are mounted, the v2 one (named "")
/// included, and how processes come into them.
class Hierarchies {
 public:
  Hierarchies(CgroupMounts mounts, const std::string& path);

  bool has(const std::string& controller) const { return mounts_->contains(controller); }
  const Path& mount(const std::string& controller) const { return mounts_->at(controller); }
  Path directory(const std::string& controller) const {
    return mounts_->at(controller) / relative_;
  }
  /// Whether the node is in the controller's hierarchy.
  bool holds(const std::string& controller) const;

  /// The node's place in every hierarchy that nodes are made in, once each: controllers may be
  /// mounted together ("cpu,cpuacct"). By the mount's name.
  std::vector<std::pair<std::string, Path>> places() const;
  /// In each v1 hierarchy the node or, where it is not there, the closest one above it: a pod's CPU
  /// limit holds for a container without one of its own.
  std::vector<Path> nearestLevels() const;

  /// Makes the node in the controller's hierarchy; true where it is new.
  bool makeIn(const std::string& controller, Rollback& undo) const;
  /// Brings the node's processes (as `processes` lists them at the time) into a hierarchy that it
  /// has come to late.
  void enter(const std::string& controller,
             const std::function<std::vector<pid_t>()>& processes) const;
  /// The undo of it: brings them to the level above.
  void leave(const std::string& controller) const;

 private:
  std::set<Path> used() const;

  CgroupMounts mounts_;
  std::string path_;
  Path relative_;
};

}  // namespace cgroup_v1
