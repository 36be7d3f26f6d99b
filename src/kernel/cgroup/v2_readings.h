#pragma once

#include "kernel/cgroup/cgroup.h"

/// What a node of cgroup v2 tells (Documentation/admin-guide/cgroup-v2.rst).
namespace cgroup_v2 {

/// `root` is where the hierarchy is mounted.
CgroupStats readStats(const Path& root, const Path& directory, CgroupStats::Extent extent);
CgroupLimits readLimits(const Path& directory);
/// How often memory ran out at the limit of the node itself.
std::uint64_t ownOomEvents(const Path& directory);

}  // namespace cgroup_v2
