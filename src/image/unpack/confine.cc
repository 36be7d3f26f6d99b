#include "image/unpack/confine.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "kernel/mount.h"

namespace unpack {
namespace {

/// The signal is not sent for a parent that is dead already: who asks must look.
void dieWithParent() {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    throw systemError("asking to end with the parent process");
  }
}

Error orphaned() {
  return {ErrorKind::system, "the process that started it is gone"};
}

/// A descriptor of a directory outside would be a way out.
void closeFrom(unsigned first) {
  if (close_range(first, ~0U, 0) != 0) {
    throw systemError("closing descriptors");
  }
}

void makeNamespaces() {
  if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID) != 0) {
    throw systemError("making namespaces (this needs root)");
  }
}

[[noreturn]] void endLike(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    std::signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/// A new PID namespace begins with the next child.
void becomeFirstProcess() {
  const UniqueFd self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!self) {
    throw systemError("opening a pidfd");
  }
  const pid_t child = fork();
  if (child < 0) {
    throw systemError("starting a process");
  }
  if (child > 0) {
    endLike(child);
  }
  dieWithParent();
  pollfd parentEnded{self.get(), POLLIN, 0};
  if (poll(&parentEnded, 1, 0) != 0) {
    throw orphaned();
  }
}

void makeWorkingDirectoryTheRoot() {
  setPropagation("/", MS_PRIVATE);
  const DetachedMount root = DetachedMount::clone(AT_FDCWD, ".", false);
  root.change({.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC}, false);
  replaceRoot(root);
}

void refuseNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw systemError("setting no_new_privs");
  }
}

}  // namespace

void confine(CapabilityMask capabilities, unsigned firstUnneeded, pid_t starter) {
  within("confining the unpacker", [&] {
    dieWithParent();
    if (starter != 0 && getppid() != starter) {
      throw orphaned();
    }
    closeFrom(firstUnneeded);
    makeNamespaces();
    becomeFirstProcess();
    makeWorkingDirectoryTheRoot();
    limitBoundingSet(capabilities);
    setAmbientSet(0);
    const CapabilityMask kept = currentCapabilities().permitted & capabilities;
    setCapabilities({.effective = kept, .permitted = kept});
    refuseNewPrivileges();
  });
}

}  // namespace unpack
