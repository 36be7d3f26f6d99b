#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "kernel/fd.h"

/// A process that was cloned. It owns the pidfd, not the process: somebody has to wait for that.
struct Child {
  pid_t pid = 0;
  UniqueFd pidfd;
  bool inCgroup = false;  ///< CLONE_INTO_CGROUP was done
};

struct CloneOptions {
  std::uint64_t flags = 0;  ///< CLONE_NEW..., CLONE_PARENT
  int cgroup = -1;  ///< directory of a v2 cgroup in which the child starts; -1: the caller's
  int exitSignal = SIGCHLD;
};

/// clone3(2) in fork's manner: both processes return, the child with pid 0. Where the kernel or a
/// seccomp filter does not let a child start in the cgroup, it starts outside and inCgroup is
/// false; Error where there is no child. The child has this thread only and must end in execve or
/// _exit.
Child cloneProcess(const CloneOptions& options);

/// Runs step in a process of its own while the calling thread stands still. That process has the
/// caller's memory and descriptor table, so results are simply assigned and descriptors that step
/// leaves open are the caller's; but it has its own namespaces, directory, root and credentials, so
/// step may unshare, setns, chroot and change users without the caller being moved. What step
/// throws is thrown here. `namespaces` are CLONE_NEW... flags it starts with. The caller gets no
/// SIGCHLD.
void runApart(const std::function<void()>& step, int namespaces = 0);

/// Runs step in a process that nobody waits for: it has none of the caller's descriptors and no
/// terminal, and what step throws is lost but for its exit status. Error where there is no such
/// process.
void inBackground(const std::function<void()>& step);

/// How a process ended; for one that a signal ended 128 + its number.
struct ExitStatus {
  int code = 0;
  int signal = 0;
};

/// Waits for a child to end and reaps it.
ExitStatus waitForExit(int pidfd);
/// The same without waiting: nothing while it runs.
std::optional<ExitStatus> reapIfEnded(int pidfd);
