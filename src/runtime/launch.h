#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "kernel/fd.h"
#include "spec/runtime.h"

class Cgroup;
class SealedSelf;

namespace runtime {

/// An overlay that is mounted inside the container's own mount namespace and dies with it.
struct Overlay {
  std::vector<Path> layers;  ///< unpacked layers, lowest first
  Path upper, work;          ///< on one file system
  bool volatileUpper =
      false;  ///< no syncing: for containers that are thrown away (overlayfs "volatile")
  /// Locked (flock(2)) before the overlay is mounted; the launcher keeps it until the overlay is
  /// unmounted, so that the directories are never in two at once. -1: nothing.
  int lock = -1;
};

/// A mount that another process has and this container shares, such as the pod's /dev/shm: cloned
/// detached inside that process's mount namespace (open_tree(2)), attached in the container's.
struct BorrowedMount {
  pid_t from = 0;
  std::string source, destination;
};

/// What a launch needs beside the OCI specification.
struct LaunchOptions {
  std::optional<Overlay> overlay;  ///< absent: spec.root.path is a directory that is used as it is
  std::vector<BorrowedMount> borrowed;
  /// "USER[:GROUP]" as names or numbers, resolved from /etc/passwd and /etc/group inside the root
  /// file system together with the supplementary groups and HOME; empty: spec.process.user.
  std::string user;
  std::vector<std::string> groups;  ///< further groups by name or number
  const Cgroup* cgroup = nullptr;   ///< exists already; null: the caller's
  /// Directory for what containers of one instance share as /sys/fs/cgroup (runtime/cgroup_view.h);
  /// empty: each has its own.
  Path cgroupPlaces;
  Path seccompCache;  ///< directory for filters compiled of spec.linux_.seccomp; empty: none
  /// A compiled filter (seccompFilterFor() of runtime/seccomp_profile.h), installed instead of
  /// spec.linux_.seccomp. Empty: that.
  Path seccompFilter;
  /// The container's stdin, stdout and stderr; not used with a terminal. An empty one is /dev/null.
  UniqueFd stdin_, stdout_, stderr_;
  /// Worn by a process that joins a container (CVE-2019-5736). Null: the caller runs from a sealed
  /// program itself.
  const SealedSelf* seal = nullptr;
};

/// What came of it. The pidfd is of the container's first process, which is a child of the caller.
struct Started {
  pid_t pid = 0;
  UniqueFd pidfd;
  UniqueFd console;  ///< the terminal's master end, where the specification asked for one
};

/// A process on its way from clone to exec. It does its steps by itself (root file system, devices,
/// capabilities, seccomp; each failure comes back with what was attempted on what), so a supervisor
/// can do other work meanwhile. Destroyed before it finished, it kills and reaps the child. The
/// child never outlives a caller that dies before.
class Launch {
 public:
  /// Clones the process. Errors of the child come from finish().
  static Launch container(const oci::RuntimeSpec& spec, LaunchOptions options);
  /// A further process in a running container: joins all namespaces of `container` and its root,
  /// with the process part of a specification and the container's seccomp rules. Capabilities and
  /// rlimits are the process part's.
  static Launch exec(pid_t container, const oci::RuntimeSpec& spec, LaunchOptions options);

  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;
  Launch(Launch&&) noexcept;
  Launch& operator=(Launch&&) noexcept;
  ~Launch();

  /// Readable (poll) when finish() has something new.
  int fd() const;
  pid_t pid() const;
  int pidfd() const;
  /// The started process once its execve(2) has succeeded; nothing while it is on its way. Throws
  /// what the child reported (then it is dead and reaped): not_executable and no_command tell the
  /// exits 126 and 127 apart; ESRCH where a signal ended it.
  std::optional<Started> finish();
  /// The same, waiting for it.
  Started wait();

 private:
  struct State;
  explicit Launch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace runtime
