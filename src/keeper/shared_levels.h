#pragma once

#include "keeper/config.h"

/// The levels of the cgroup tree above a sandbox's own cgroup that other sandboxes are below, too
/// (SandboxConfig::sharedLevels). With systemd they are slices, and its business.
namespace keeper {

/// Gives each level the processor shares of all that is directly below it together, so that pods
/// get what they would get side by side, whatever level they are on. Notes what fails.
void weighSharedLevels(const CgroupLayout& cgroups, const SandboxConfig& config);

/// Removes the sandbox's cgroup, and the levels where nobody else is below. Notes what fails.
void removeCgroup(const CgroupLayout& cgroups, const SandboxConfig& config);

}  // namespace keeper
