#pragma once

#include "kernel/cgroup/cgroup.h"
#include "spec/request.h"

namespace engine {

/// The limits of block devices by their numbers, as this machine has them now. Error (invalid)
/// where there is no such block device.
std::vector<IoLimit> ioLimits(const Resources& resources);

}  // namespace engine
