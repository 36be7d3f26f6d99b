#pragma once

#include "base/namespace_kind.h"
#include "runtime/launch.h"

namespace runtime {

/// One namespace of a pod: a new one, or one that exists (joined through this descriptor).
struct PodNamespace {
  NamespaceKind kind = NamespaceKind::net;
  UniqueFd existing;
};

struct PauseOptions {
  std::vector<PodNamespace> namespaces;  ///< those not named stay the caller's
  std::string hostname;                  ///< set where uts is new
  std::map<std::string, std::string> sysctls;
  std::optional<std::int64_t> shmSize;  ///< bytes: a tmpfs on /dev/shm in pause's mount namespace
  const Cgroup* cgroup = nullptr;
  UniqueFd control;  ///< pause's end of the socket on which it is handed descriptors to hold
                     ///< (src/pause/protocol.h)
};

/// Starts the pause program: it holds the pod's namespaces, is PID 1 of a new pid namespace and
/// reaps there, sees nothing of the host's file system, has no capabilities and is not dumpable.
/// Returns when it stands.
Started startPause(PauseOptions options);

}  // namespace runtime
