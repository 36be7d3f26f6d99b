#pragma once

#include <memory>
#include <string>

#include "kernel/cgroup/cgroup.h"

/// A node in the hierarchies of v1: mounts by controller, the v2 hierarchy beside them (hybrid)
/// under the empty name.
std::unique_ptr<Cgroup> openCgroupV1(CgroupMounts mounts, const std::string& path);
