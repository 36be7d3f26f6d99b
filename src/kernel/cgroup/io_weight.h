#pragma once

#include "kernel/cgroup/cgroup.h"

/// Weights of block I/O are taken by the kernel and mean nothing unless the device's scheduler has
/// them: BFQ or, in cgroup v2, blk-iocost. Error (unsupported) where `limits` has a weight that
/// nobody would carry out. `costFile` is io.cost.qos of the v2 hierarchy's root.
void refuseIdleWeights(const std::string& cgroup, const CgroupLimits& limits,
                       const Path& costFile = {}, const Path& sys = "/sys");
