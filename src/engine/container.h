#pragma once

#include "engine/container_start.h"

namespace engine {

/// Full ids in place of the names of containers whose namespaces are joined. Error (not_found).
void resolveTargets(const Context& context, std::map<NamespaceKind, NamespaceMode>& modes);

/// Writes down beside each target that `dependent` (a container or a pod) joins its namespaces, so
/// that its removal need not search everything for who does.
void markDependencies(const Context& context, const std::string& dependent,
                      const std::set<std::string>& targets);
void unmarkDependencies(const Context& context, const std::string& dependent,
                        const std::set<std::string>& targets);
/// Names of those that join this container's namespaces.
std::vector<std::string> dependentsOf(const Context& context, const std::string& container);

/// Takes away what there is of a container that does not run: directories, leases and last the row,
/// so that after a crash in between the same call ends it. Nothing left to do is no error.
void discard(Context& context, const ContainerRecord& container);

/// Stops it where it runs (at once with 0 seconds) and takes it away.
void removeStopped(Context& context, const ContainerRecord& container);

}  // namespace engine
