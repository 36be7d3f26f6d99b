#pragma once

#include "base/file.h"
#include "spec/runtime.h"

class Cgroup;

namespace runtime {

/// Mounts on the directory `target`, read-only, what a container sees of its cgroup (null:
/// nothing). On v2 that is its node; with v1 hierarchies a directory with one for each hierarchy
/// that it is in. These stand in `places` for all containers that are in the same hierarchies, made
/// by the first one; in a tmpfs of its own where `places` is empty or is not on a tmpfs.
void mountCgroupView(const Cgroup* cgroup, const Path& places, int target);

/// Whether the process may change mounts that it did not make, and what they are of.
bool mayRemount(const oci::Process& process);

}  // namespace runtime
