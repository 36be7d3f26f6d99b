#pragma once

#include "engine/context.h"

namespace engine {

/// The container's live state; "created" for one that never ran, "exited" for one that a reboot or
/// the like ended.
keeper::ContainerState stateOf(const Context& context, const ContainerRecord& container);
bool isRunning(const keeper::ContainerState& state);

/// It runs afterwards (with its pod's sandbox and what its namespaces are taken from). What fails
/// is undone.
void start(Context& context, const ContainerRecord& container);

/// The pid of a container whose namespaces another one joins; it is started where it does not run.
pid_t runningPid(Context& context, const std::string& id);

}  // namespace engine
