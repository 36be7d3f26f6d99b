#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "kernel/mount.h"
#include "spec/runtime.h"

class Cgroup;

namespace runtime {

/// What a container sees of its cgroup, read-only. On v2 that is its node; with v1 hierarchies a
/// directory with one for each hierarchy that it is in.
class CgroupView {
 public:
  /// Clones what there is on the host (cgroup null: nothing). With v1 hierarchies the directory is
  /// one in `places` for all containers that are in the same hierarchies, made by the first one; a
  /// tmpfs of its own where `places` is empty or is not on a tmpfs.
  CgroupView(const Cgroup* cgroup, const Path& places);
  /// On an attached directory.
  void mount(int target) const;

 private:
  std::vector<std::pair<std::string, DetachedMount>> nodes_;  ///< by hierarchy; v2's has no name
  std::optional<DetachedMount> base_;  ///< the directory with a place for each; none on v2
};

/// Whether the process may change mounts that it did not make, and what they are of.
bool mayRemount(const oci::Process& process);

}  // namespace runtime
