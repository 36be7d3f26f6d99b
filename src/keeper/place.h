#pragma once

#include "kernel/cgroup/cgroup.h"

namespace keeper {

/// Where keepers are under cgroup v2 that systemd does not manage, side by side: in no pod's
/// budget, and not in the cgroup of the service or session that started them.
constexpr const char* keeperCgroup = "/peapod/keeper";

/// The environment variable in which peapod-scope tells the keeper, which has somebody to tell it
/// to, why there is no systemd scope.
constexpr const char* scopeFailure = "PEAPOD_SCOPE_FAILURE";

/// Weights count among siblings, and those of what is in a systemd scope are other scopes: so the
/// scope gets the weights of the pod, or of the single container, whose cgroup in it this is.
void weighScope(const CgroupLayout& cgroups, const std::string& cgroup, const CgroupLimits& limits);

}  // namespace keeper
