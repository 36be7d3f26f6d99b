#include "keeper/joined.h"

#include "base/error.h"
#include "keeper/client.h"

namespace keeper {

pid_t runningPid(const Layout& layout, const JoinedContainer& owner) {
  const auto state = readState(layout, owner.id);
  if (!state || state->status == "exited" || state->pid <= 0) {
    throw Error(ErrorKind::in_use, cat("container ", owner.name, " is not running"));
  }
  return state->pid;
}

std::string joinedNamespace(const Layout& layout, NamespaceKind kind,
                            const JoinedContainer& owner) {
  return within(
      cat("joining the ", traits(kind).name, " namespace of container ", owner.name),
      [&] { return cat("/proc/", runningPid(layout, owner), "/ns/", traits(kind).name); });
}

Error joinFailure(const Layout& layout, const JoinedContainers& joined, const Error& error) {
  // These two come from the end of the way, where all namespaces have been joined.
  if (error.kind() == ErrorKind::no_command || error.kind() == ErrorKind::not_executable) {
    return error;
  }
  for (const auto& [kind, owner] : joined) {
    try {
      joinedNamespace(layout, kind, owner);
    } catch (const Error& cause) {
      return cause;
    }
  }
  return error;
}

}  // namespace keeper
