#pragma once

#include "base/rollback.h"
#include "engine/namespaces.h"
#include "network/lease.h"

/// Keepers with what they set up before their first container: of a pod, or of a single container.
namespace engine {

/// The pod's keeper with its sandbox, both started where they are not, and with them those whose
/// namespaces the pod joins. What was started here is stopped with `undo`, unless somebody else has
/// come to use it.
keeper::Client ensurePodSandbox(Context& context, const PodRecord& pod, Rollback& undo);

/// What a container outside any pod has its own keeper set up. What was leased for it is released
/// with `undo`.
keeper::SandboxConfig ownSandboxConfig(Context& context, const ContainerRecord& container,
                                       const NamespacePlan& plan, Rollback& undo);

/// The keeper with the sandbox that it is told of; who started it goes into the registry.
keeper::Client connectOrStart(Context& context, const keeper::SandboxConfig& config);

/// The interface of a network namespace that is new, its address leased (and released with `undo`).
/// The bridge is the keeper's to set up, which lives on.
network::Interface prepareInterface(Context& context, const std::string& owner,
                                    const NetworkRequest& request, Rollback& undo);

/// The ports that are published now of a pod or single container; those it would publish where it
/// does not run.
std::vector<network::PublishedPort> publishedPorts(const Context& context,
                                                   const std::string& sandbox,
                                                   const NetworkRequest& request);

}  // namespace engine
