#pragma once

#include "base/namespace_kind.h"
#include "kernel/selfexe.h"
#include "runtime/launch.h"
#include "runtime/pending_child.h"

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
  /// Bytes: the root of pause is the pod's /dev/shm, writable, so that there is one file system
  /// less for each pod.
  std::optional<std::int64_t> shmSize;
  const Cgroup* cgroup = nullptr;
  UniqueFd control;  ///< pause's end of the socket on which it is handed descriptors to hold
                     ///< (src/pause/protocol.h)
};

/// The pause program on its way: it holds the pod's namespaces, is PID 1 of a new pid namespace and
/// reaps there, sees nothing of the host's file system, has no capabilities and is not dumpable.
/// The process is there, and in its new namespaces, when this is constructed, and goes on by
/// itself. Destroyed before it stood, it is killed. Keep it where time does not matter: the end of
/// the mount from which the program runs waits for all CPUs.
class PauseLaunch {
 public:
  explicit PauseLaunch(PauseOptions options);

  UniqueFd networkNamespace() const;
  /// Waits until it stands.
  Started finish();

 private:
  SealedProgram program_;
  PendingChild child_;
};

}  // namespace runtime
