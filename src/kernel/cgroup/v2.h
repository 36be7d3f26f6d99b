#pragma once

#include <memory>
#include <string>

#include "kernel/cgroup/cgroup.h"

/// A node of the v2 hierarchy that has the controllers; root is where that is mounted.
std::unique_ptr<Cgroup> openCgroupV2(const Path& root, const std::string& path);
