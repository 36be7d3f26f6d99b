#pragma once

#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/knobs.h"

/// Limits as the files of a cgroup v2 node have them (Documentation/admin-guide/cgroup-v2.rst).
namespace cgroup_v2 {

/// The controllers whose files the limits are written to.
std::vector<std::string> controllersFor(const CgroupLimits& limits);
/// Error (unsupported) for a limit that only v1 has.
void refuseV1Limits(const std::string& cgroup, const CgroupLimits& limits);
/// io.weight (1 to 10000) for blkio's 10 to 1000, the straight line through both ends, as runc and
/// crun have it; and the smallest of the latter that gives it.
std::uint64_t ioWeightFromBlkio(std::uint64_t weight);
std::uint64_t blkioFromIoWeight(std::uint64_t weight);
void setLimits(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);

}  // namespace cgroup_v2
