#pragma once

#include "engine/container.h"

/// What nobody removed, as those who would have were killed or the machine restarted, above all
/// containers with `--rm`: the next command that meets it does it.
namespace engine {

/// True where the container was one with `--rm` of which nothing runs, and is gone now.
bool reclaim(Context& context, const ContainerRecord& container);

/// As Context::container(); such a one is not found.
ContainerRecord keptContainer(Context& context, const std::string& reference);
/// As Context::containersOf(), without such ones.
std::vector<ContainerRecord> keptContainersOf(Context& context, const std::string& pod);
/// Where such a one has the name, that is free afterwards.
void freeName(Context& context, const std::string& name);

/// What the keeper left that was killed before it had removed its cgroups; nothing where it lives
/// and has not done so at the deadline.
void clearUnfinished(const keeper::Layout& layout, const std::string& sandbox,
                     std::chrono::steady_clock::time_point deadline);

/// Sandboxes' directories that belong to no row: of pods that were removed among many by a command
/// that was killed. Where their keepers were killed too, what these left goes with them.
void reclaimSandboxes(const keeper::Layout& layout);

}  // namespace engine
