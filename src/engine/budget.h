#pragma once

#include "base/json_fwd.h"
#include "kernel/cgroup/cgroup.h"

/// What the kernel has in force and measures at one cgroup, for `inspect`.
namespace engine {

/// {"CgroupPath", "Directories", "Limits", "Usage", "Pressure"}; null where there is no such node.
/// Limits that are not set are null.
Json budgetDocument(const Cgroup& cgroup);

}  // namespace engine
