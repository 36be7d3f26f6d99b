#pragma once

#include "kernel/cgroup/cgroup.h"

/// What the controllers of v1 tell of a node, each in its directory of it
/// (Documentation/admin-guide/cgroup-v1/).
namespace cgroup_v1 {

void readMemoryStats(const Path& directory, CgroupStats::Extent extent, CgroupStats& stats);
void readCpuStats(const Path& directory, CgroupStats::Extent extent, CgroupStats& stats);
void readPidsStats(const Path& directory, CgroupStats::Extent extent, CgroupStats& stats);

void readMemoryLimits(const Path& directory, CgroupLimits& limits);
void readCpuLimits(const Path& directory, CgroupLimits& limits);
void readPidsLimits(const Path& directory, CgroupLimits& limits);
void readCpusetLimits(const Path& directory, CgroupLimits& limits);
void readBlkioLimits(const Path& directory, CgroupLimits& limits);
void readHugetlbLimits(const Path& directory, CgroupLimits& limits);

/// An eventfd that counts how often memory ran out at the limit of the node or of one above it.
UniqueFd registerOomEvents(const Path& directory);

}  // namespace cgroup_v1
