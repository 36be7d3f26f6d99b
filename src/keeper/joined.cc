#include "keeper/joined.h"

#include <unistd.h>

#include "base/error.h"
#include "keeper/client.h"

namespace keeper {

namespace {

Error notRunning(const JoinedContainer& owner) {
  return {ErrorKind::in_use, cat("container ", owner.name, " is not running")};
}

std::string joining(NamespaceKind kind, const JoinedContainer& owner) {
  return cat("joining the ", traits(kind).name, " namespace of container ", owner.name);
}

}  // namespace

pid_t runningPid(const Layout& layout, const JoinedContainer& owner) {
  const auto state = readState(layout, owner.id);
  if (!state || state->status == "exited" || state->pid <= 0) {
    throw Error(notRunning(owner));
  }
  return state->pid;
}

std::string joinedNamespace(const Layout& layout, NamespaceKind kind,
                            const JoinedContainer& owner) {
  return within(joining(kind, owner), [&] {
    return cat("/proc/", runningPid(layout, owner), "/ns/", traits(kind).name);
  });
}

Error joinFailure(const Layout& layout, const JoinedContainers& joined, const Error& error) {
  // These two come from the end of the way, where all namespaces have been joined.
  if (error.kind() == ErrorKind::no_command || error.kind() == ErrorKind::not_executable) {
    return error;
  }
  // What clone(2) says of a pid namespace whose first process has ended (pid_namespaces(7)); the
  // owner's keeper may not have learnt of that yet.
  const auto pid = joined.find(NamespaceKind::pid);
  if (error.code() == ENOMEM && pid != joined.end()) {
    return notRunning(pid->second).within(joining(NamespaceKind::pid, pid->second));
  }
  for (const auto& [kind, owner] : joined) {
    try {
      if (access(joinedNamespace(layout, kind, owner).c_str(), F_OK) != 0) {
        return notRunning(owner).within(joining(kind, owner));
      }
    } catch (const Error& cause) {
      return cause;
    }
  }
  return error;
}

}  // namespace keeper
