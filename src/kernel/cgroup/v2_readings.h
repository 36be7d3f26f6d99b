#pragma once

#include "kernel/cgroup/cgroup.h"

/// What a node of cgroup v2 tells (Documentation/admin-guide/cgroup-v2.rst).
namespace cgroup_v2 {

CgroupStats readStats(const Path& directory);
CgroupLimits readLimits(const Path& directory);
/// How often memory ran out at the limit of the node itself.
std::uint64_t ownOomEvents(const Path& directory);

}  // namespace cgroup_v2
