#include "keeper/joined.h"

#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "keeper/client.h"
#include "kernel/pidfd.h"

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

namespace {

/// A pid namespace that ends kills whoever is in it, and its first process ends after them
/// (pid_namespaces(7)): that takes moments, where it is the reason.
bool isEnding(const Layout& layout, const JoinedContainer& owner) {
  constexpr int moments = 1000;
  try {
    const UniqueFd pidfd = openPidfd(runningPid(layout, owner));
    pollfd process{pidfd.get(), POLLIN, 0};
    return poll(&process, 1, moments) > 0;
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

Error joinFailure(const Layout& layout, const JoinedContainers& joined, const Error& error) {
  // These two come from the end of the way, where all namespaces have been joined.
  if (error.kind() == ErrorKind::no_command || error.kind() == ErrorKind::not_executable) {
    return error;
  }
  // ENOMEM is what clone(2) says of a pid namespace whose first process has ended
  // (pid_namespaces(7)); the owner's keeper may not have learnt of that yet.
  const auto pid = joined.find(NamespaceKind::pid);
  if (pid != joined.end() &&
      (error.code() == ENOMEM || (error.code() == ESRCH && isEnding(layout, pid->second)))) {
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
