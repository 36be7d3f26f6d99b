#include "kernel/process.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <exception>

#include "base/error.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace {

pid_t clone3(clone_args& arguments) {
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

/// Signal handlers of the caller must not run in a child that shares its memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

struct Apart {
  const std::function<void()>& step;
  std::exception_ptr failure;
};

int apartMain(void* argument) {
  auto& apart = *static_cast<Apart*>(argument);
  try {
    apart.step();
  } catch (...) {
    apart.failure = std::current_exception();
  }
  _exit(0);
}

std::optional<ExitStatus> waitOn(int pidfd, int options) {
  siginfo_t info{};
  int result = -1;
  do {
    result = waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info,
                    WEXITED | __WALL | options);
  } while (result < 0 && errno == EINTR);
  if (result < 0) {
    throw systemError("waiting for a child process");
  }
  if (info.si_pid == 0) {
    return std::nullopt;
  }
  if (info.si_code == CLD_EXITED) {
    return ExitStatus{info.si_status, 0};
  }
  return ExitStatus{128 + info.si_status, info.si_status};
}

}  // namespace

Child cloneProcess(const CloneOptions& options) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = options.flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  // With CLONE_PARENT the signal is that of the caller itself, and clone3 refuses any other.
  arguments.exit_signal =
      (options.flags & CLONE_PARENT) != 0 ? 0 : static_cast<std::uint64_t>(options.exitSignal);
  pid_t pid = -1;
  bool inCgroup = options.cgroup >= 0;
  if (inCgroup) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(options.cgroup);
    pid = clone3(arguments);
    // The other errors (EAGAIN: a pids limit, ENOMEM) would be the same without it.
    inCgroup = pid >= 0 || errno == EAGAIN || errno == ENOMEM;
  }
  if (!inCgroup) {
    arguments.flags &= ~CLONE_INTO_CGROUP;
    arguments.cgroup = 0;
    pid = clone3(arguments);
  }
  if (pid < 0) {
    throw systemError("cloning a process");
  }
  return {pid, UniqueFd(pid == 0 ? -1 : pidfd), inCgroup};
}

void runApart(const std::function<void()>& step, int namespaces) {
  constexpr std::size_t stackSize = 256 * 1024;
  alignas(16) std::array<std::byte, stackSize>
      stack;  // NOLINT: pages that are not used cost nothing
  Apart apart{step, nullptr};
  pid_t pid = -1;
  {
    const AllSignalsBlocked blocked;
    pid = clone(apartMain, stack.data() + stack.size(),
                CLONE_VM | CLONE_VFORK | CLONE_FILES | namespaces, &apart);
  }
  if (pid < 0) {
    throw systemError("cloning a process that enters namespaces");
  }
  int status = 0;
  while (waitpid(pid, &status, __WCLONE) < 0 && errno == EINTR) {
  }
  if (apart.failure) {
    std::rethrow_exception(apart.failure);
  }
  if (!WIFEXITED(status)) {
    throw Error(ErrorKind::system,
                cat("a process that entered namespaces was ended by signal ", WTERMSIG(status)));
  }
}

void inBackground(const std::function<void()>& step) {
  if (cloneProcess({}).pid != 0) {
    return;
  }
  setsid();
  // Whoever reads our caller's output until its end does not wait for us.
  close_range(0, ~0U, 0);
  try {
    step();
  } catch (...) {
    _exit(1);
  }
  _exit(0);
}

ExitStatus waitForExit(int pidfd) {
  return *waitOn(pidfd, 0);
}

std::optional<ExitStatus> reapIfEnded(int pidfd) {
  return waitOn(pidfd, WNOHANG);
}
