#pragma once

namespace keeper {

/// Where keepers are under cgroup v2, side by side: in no pod's budget, and not in the cgroup of
/// the service or session that started them.
constexpr const char* keeperCgroup = "/peapod/keeper";

}  // namespace keeper
