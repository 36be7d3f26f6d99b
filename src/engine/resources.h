#pragma once

#include "engine/cgroup_tree.h"
#include "kernel/cgroup/cgroup.h"
#include "spec/request.h"

namespace engine {

/// Error (invalid): what a request asks for cannot be had.
[[noreturn]] void refuse(const std::string& text);

/// Error (invalid) for limits below the kernel's minima, against each other, or for processors that
/// this machine does not have
/// (`onlineCpus`, `onlineNodes`: the kernel's lists, such as "0-3").
void checkResources(const Resources& resources, const std::string& onlineCpus,
                    const std::string& onlineNodes);
/// The same with the lists of this machine.
void checkResources(const Resources& resources);

/// What of it goes into a cgroup, devices excepted. A memory limit without one for swap allows as
/// much swap as memory.
CgroupLimits cgroupLimits(const Resources& resources);
/// The same with the limits of block devices, whose numbers are looked up.
CgroupLimits limitsAtStart(const Resources& resources);

/// Numbers of a list as the kernel writes them, "0-2,7"; Error (invalid) where it is none.
std::set<unsigned> parseCpuList(const std::string& text);

}  // namespace engine
