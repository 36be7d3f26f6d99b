#include "runtime/child.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/timed_phase.h"
#include "kernel/selfexe.h"
#include "runtime/process_setup.h"
#include "runtime/root_filesystem.h"

namespace runtime {

namespace {

void raiseLoopback() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (!socket || ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) {
    throw systemError("raising the loopback interface");
  }
}

void enterContainer(int process) {
  constexpr int all = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (setns(process, all) != 0) {
    throw systemError("entering the container's namespaces");
  }
}

/// Steps that all processes end with, once they see the container's file system.
[[noreturn]] void becomeProgram(ProcessSetup& process, MissingDirectory missing) {
  process.findUser();
  process.setLimits();
  process.closeOthers();
  process.enterWorkingDirectory(missing);
  process.reduceRights();
  process.announceExecution();
  process.execute();
}

}  // namespace

void dieWithLauncher(const Reporter& reporter) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    throw systemError("asking for a signal at the launcher's death");
  }
  if (!reporter.launcherLives()) {
    _exit(1);
  }
}

void enterNamespaces(const NamespacePlan& plan) {
  plan.enterJoined();
  if (plan.isNew(NamespaceKind::net)) {
    raiseLoopback();
  }
  // Its root is the cgroup that the process is in by now.
  if (plan.isNew(NamespaceKind::cgroup) && unshare(CLONE_NEWCGROUP) != 0) {
    throw systemError("creating a cgroup namespace");
  }
}

void setHostname(const NamespacePlan& plan, const std::string& name) {
  // In a namespace that is shared it is whoever made that who names it.
  if (plan.isNew(NamespaceKind::uts) && !name.empty() &&
      sethostname(name.data(), name.size()) != 0) {
    throw systemError("setting the hostname to ", name);
  }
}

void attachToCgroups(const std::vector<UniqueFd>& files) {
  for (const UniqueFd& file : files) {
    if (write(file.get(), "0", 1) != 1) {
      throw systemError("entering a cgroup");
    }
  }
}

void runContainerChild(const ChildPlan& plan, const Reporter& reporter) {
  TimedPhase::nowIn("child");
  TimedPhase phase("cgroups, namespaces");
  ProcessSetup process(plan.spec, plan.options, reporter);
  RootFilesystem root(plan.spec, plan.options);
  umask(0);
  dieWithLauncher(reporter);
  process.setOomScore();
  process.loadSeccomp();
  attachToCgroups(plan.cgroupFiles);
  enterNamespaces(plan.namespaces);
  phase.next("mount root");
  root.collectSources();
  root.enterRoot();
  phase.next("mount file systems, devices");
  root.mountAll();
  root.attachBorrowed();
  root.createDevices();
  if (plan.spec.process.terminal) {
    process.useTerminal(root.createTerminal());
  } else {
    process.useStdio();
  }
  phase.next("mask paths");
  setHostname(plan.namespaces, plan.spec.hostname);
  root.setSysctls();
  root.hidePaths();
  root.changeRoot();
  phase.next("user, rights, execve");
  becomeProgram(process, MissingDirectory::created);
}

void runExecChild(const ChildPlan& plan, const Reporter& reporter) {
  if (plan.options.seal != nullptr) {
    plan.options.seal->wear();
  }
  ProcessSetup process(plan.spec, plan.options, reporter);
  umask(0);
  dieWithLauncher(reporter);
  process.setOomScore();
  process.loadSeccomp();
  attachToCgroups(plan.cgroupFiles);
  enterContainer(plan.target.get());
  if (plan.spec.process.terminal) {
    process.useTerminal(openTerminal(RootDir::open("/dev/pts").fd()));
  } else {
    process.useStdio();
  }
  // What is mistyped here must not stay in a container that goes on.
  becomeProgram(process, MissingDirectory::refused);
}

}  // namespace runtime
