#include "kernel/pidfd.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdint>

#include "base/error.h"

namespace {

/// struct pidfd_info of <linux/pidfd.h>, first version with an exit code; Debian 12's headers are
/// older.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroup;
  std::uint32_t ids[11];
  std::int32_t exitCode;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t infoExit = 1U << 3;
constexpr unsigned long getInfo = _IOWR(0xFF, 11, PidfdInfo);

}  // namespace

UniqueFd openPidfd(pid_t pid) {
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) {
    const Error error = systemError("opening process ", pid);
    throw error.code() == ESRCH ? Error(ErrorKind::not_found, error.what(), ESRCH) : error;
  }
  return fd;
}

bool signalProcess(int pidfd, int signal) {
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0) {
    return true;
  }
  if (errno == ESRCH) {
    return false;
  }
  throw systemError("sending signal ", signal);
}

UniqueFd takeDescriptor(int pidfd, int number) {
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0)));
  if (!fd) {
    throw systemError("taking descriptor ", number, " of another process");
  }
  return fd;
}

std::optional<ExitStatus> exitOfReaped(int pidfd) {
  PidfdInfo info{};
  info.mask = infoExit;
  if (ioctl(pidfd, getInfo, &info) != 0 || (info.mask & infoExit) == 0) {
    return std::nullopt;
  }
  if (WIFSIGNALED(info.exitCode)) {
    const int signal = WTERMSIG(info.exitCode);
    return ExitStatus{128 + signal, signal};
  }
  return ExitStatus{WEXITSTATUS(info.exitCode), 0};
}
