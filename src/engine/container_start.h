#pragma once

#include "engine/context.h"

namespace engine {

/// The container's live state; "created" for one that never ran, "exited" for one that a reboot or
/// the like ended.
keeper::ContainerState stateOf(const Context& context, const ContainerRecord& container);
bool isRunning(const keeper::ContainerState& state);
/// It has run, last before the machine was restarted.
bool ranBeforeBoot(const Context& context, const ContainerRecord& container);

/// It runs afterwards (with its pod's sandbox and what its namespaces are taken from). What fails
/// is undone.
void start(Context& context, const ContainerRecord& container);

/// A container whose namespaces another one or a pod joins, for their keeper; it is started where
/// it does not run.
keeper::JoinedContainer joinable(Context& context, const std::string& id);

}  // namespace engine
