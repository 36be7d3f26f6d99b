#pragma once

#include "keeper/config.h"

/// Namespaces of other containers, found where they are now: their owner may have been restarted
/// since somebody asked for them.
namespace keeper {

/// Its first process. Error (in_use) that names it where it does not run.
pid_t runningPid(const Layout& layout, const JoinedContainer& owner);

/// "/proc/PID/ns/KIND" of it. Error (in_use) as above.
std::string joinedNamespace(const Layout& layout, NamespaceKind kind, const JoinedContainer& owner);

/// What a launch failed with; where an owner has ended meanwhile, that.
Error joinFailure(const Layout& layout, const JoinedContainers& joined, const Error& error);

}  // namespace keeper
