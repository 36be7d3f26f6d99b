#pragma once

#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/knobs.h"

/// What one controller of v1 makes of the limits, in its directory of the node
/// (Documentation/admin-guide/cgroup-v1/).
namespace cgroup_v1 {

void setMemory(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);
void setCpu(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);
void setPids(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);
void setBlkio(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);
void setCpuset(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);
void setHugetlb(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits);

/// As a file of the memory controller has it: nothing where there is no limit.
std::optional<std::uint64_t> finiteLimit(std::optional<std::uint64_t> value);
/// The limits in force at the node itself; nothing where there is none.
std::optional<std::uint64_t> memoryLimit(const Path& directory);
std::optional<std::uint64_t> memoryAndSwapLimit(const Path& directory);
std::optional<std::uint64_t> softLimit(const Path& directory);

/// A new cpuset has no cpus and takes no process: it gets its parent's.
void initialiseCpuset(const Path& directory);

}  // namespace cgroup_v1
