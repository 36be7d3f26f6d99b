#pragma once

#include "kernel/cgroup/cgroup.h"

/// The cgroups of the calling process.

/// Its path in a hierarchy: "" is v2's, "memory" or "name=systemd" one of v1. Nothing where there
/// is no such hierarchy.
std::optional<std::string> ownCgroup(std::string_view hierarchy,
                                     const Path& list = "/proc/self/cgroup");

/// Takes the caller, which must have one thread, out of the cgroups of whoever started it: into the
/// root of each v1 hierarchy (and of v2's beside them), where nothing is limited, frozen or ended
/// with a service; under pure v2 into `place`, a leaf of its own, since below a delegated root no
/// process may be where controllers are on (cgroups(7), "no internal processes").
void leaveOwnCgroups(const CgroupLayout& layout, const std::string& place);
/// For CLONE_INTO_CGROUP: where a child has to be born so that leaveOwnCgroups() has nothing to do
/// in the v2 hierarchy, whose moves wait for an RCU grace period. Empty where it has nothing to do
/// anyway.
UniqueFd openOutside(const std::string& place);
