#include "runtime/pause.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/error.h"
#include "kernel/capability.h"
#include "kernel/mount.h"
#include "kernel/signal.h"
#include "pause/protocol.h"
#include "runtime/child.h"
#include "runtime/namespaces.h"

namespace runtime {

namespace {

// As Kubernetes has it for this process: a container that eats the pod's memory must not take the
// pod along.
constexpr std::string_view oomScore = "-998";
constexpr std::string_view noOomScore = "0";

NamespacePlan planOf(PauseOptions& options) {
  NamespacePlan plan;
  for (PodNamespace& wanted : options.namespaces) {
    if (wanted.existing) {
      plan.join(Namespace::adopt(wanted.kind, std::move(wanted.existing)));
    } else {
      plan.makeNew(wanted.kind);
    }
  }
  return plan;
}

void protectFromOom() {
  const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  for (const std::string_view score : {oomScore, noOomScore}) {
    if (write(file.get(), score.data(), score.size()) > 0) {
      return;
    }
    // Refused without CAP_SYS_RESOURCE; then it is as likely a victim as others of its tiny size.
    if (errno != EACCES && errno != EPERM) {
      throw systemError("setting oom_score_adj of pause");
    }
  }
}

void setSysctl(const std::string& name, const std::string& value) {
  std::string path = "/proc/sys/";
  for (const char c : name) {
    path += c == '.' ? '/' : c;
  }
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), value.data(), value.size()) < 0) {
    throw systemError("setting sysctl ", name, " to ", value);
  }
}

/// A root with nothing in it; where it is asked for, one that the containers have as /dev/shm.
void enterOwnRoot(const std::optional<std::int64_t>& shmSize) {
  setPropagation("/", MS_PRIVATE);
  FileSystem tmpfs("tmpfs");
  if (shmSize) {
    tmpfs.set("source", "shm");
    tmpfs.set("mode", "1777");
    tmpfs.set("size", std::to_string(*shmSize));
  }
  const DetachedMount root = tmpfs.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
                                         (shmSize ? 0U : MOUNT_ATTR_RDONLY));
  replaceRoot(root);
}

/// Its uid 0 stands for nothing: no execve can give it a capability again. (Another uid would be
/// one that processes of containers may have too, which could then change its limits.)
void dropAllRights() {
  constexpr unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED;
  if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw systemError("taking root's privileges from pause");
  }
  setCapabilities({});
}

/// Puts the two descriptors at the numbers that pause expects and closes the standard streams. All
/// others close with execve; the report and the program are above these numbers.
void arrangeDescriptors(int control, int report) {
  using pause_protocol::controlFd;
  using pause_protocol::readyFd;
  const int held = control >= 0 ? fcntl(control, F_DUPFD_CLOEXEC, readyFd + 1) : -1;
  close(controlFd);
  if (dup2(report, readyFd) < 0 || (held >= 0 && dup2(held, controlFd) < 0) ||
      syscall(SYS_close_range, 0, controlFd - 1, 0) != 0 ||
      syscall(SYS_close_range, readyFd + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    throw systemError("arranging the descriptors of pause");
  }
}

}  // namespace

PauseLaunch::PauseLaunch(PauseOptions options) : program_(::program("pause")) {
  const NamespacePlan plan = planOf(options);
  child_.start({.flags = plan.cloneFlags(),
                .pidNamespace = plan.pid() ? plan.pid()->fd() : -1,
                .cgroup = options.cgroup,
                .steps = [&](Reporter& reporter, const std::vector<UniqueFd>& cgroupFiles) {
                  dieWithLauncher(reporter);
                  protectFromOom();
                  attachToCgroups(cgroupFiles);
                  enterNamespaces(plan);
                  setHostname(plan, options.hostname);
                  for (const auto& [name, value] : options.sysctls) {
                    setSysctl(name, value);
                  }
                  enterOwnRoot(options.shmSize);
                  setsid();
                  blockSignals({SIGTERM, SIGINT, SIGCHLD});
                  reporter.sendReady();
                  arrangeDescriptors(options.control.get(), reporter.fd());
                  dropAllRights();
                  prctl(PR_SET_PDEATHSIG, 0);
                  program_.execute({"/pause"}, {});
                }});
}

UniqueFd PauseLaunch::networkNamespace() const {
  return Namespace::open(NamespaceKind::net, cat("/proc/", child_.pid(), "/ns/net")).release();
}

Started PauseLaunch::finish() {
  return std::move(*child_.advance(true));
}

}  // namespace runtime
