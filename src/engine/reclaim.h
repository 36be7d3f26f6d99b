#pragma once

#include "engine/container.h"

/// Containers with `--rm` that nobody removed, as the keeper that would have was killed or the
/// machine restarted: the next command that meets one does it.
namespace engine {

/// True where the container was such a one and is gone now.
bool reclaim(Context& context, const ContainerRecord& container);

/// As Context::container(); such a one is not found.
ContainerRecord keptContainer(Context& context, const std::string& reference);
/// As Context::containersOf(), without such ones.
std::vector<ContainerRecord> keptContainersOf(Context& context, const std::string& pod);
/// Where such a one has the name, that is free afterwards.
void freeName(Context& context, const std::string& name);

}  // namespace engine
