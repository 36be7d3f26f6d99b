#include "runtime/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/namespace_kind.h"
#include "kernel/cgroup/cgroup.h"
#include "runtime/test_container.h"

namespace runtime::test {
namespace {

using LaunchTest = ContainerTest;

std::string hostLink(const char* name) {
  return std::filesystem::read_symlink(cat("/proc/self/ns/", name)).native();
}

ErrorKind kindOfFailure(const oci::RuntimeSpec& spec, LaunchOptions options = {}) {
  try {
    Launch::container(spec, std::move(options)).wait();
  } catch (const Error& error) {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1) << "a process is left";
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::internal;
}

TEST_F(LaunchTest, RunsACommandAndGivesItsExitCode) {
  const Outcome outcome = run(spec("echo hello; hostname; exit 42"));
  EXPECT_EQ(outcome.out, "hello\ninside\n");
  EXPECT_EQ(outcome.code, 42);
}

TEST_F(LaunchTest, NamespacesAreNewWhereTheSpecificationSaysSo) {
  for (const char* name : {"pid", "net", "ipc", "uts", "mnt", "cgroup"}) {
    const Outcome outcome = run(spec(cat("readlink /proc/self/ns/", name)));
    EXPECT_NE(outcome.out, hostLink(name) + "\n") << name;
  }
}

TEST_F(LaunchTest, NamespacesAreTheCallersWhereItSaysNothing) {
  oci::RuntimeSpec plain =
      spec("cd /proc/self/ns; for n in net ipc uts cgroup pid; do readlink $n; done");
  plain.linux_.namespaces = {{"mount", ""}};
  const Outcome outcome = run(plain);
  EXPECT_EQ(outcome.out, cat(hostLink("net"), "\n", hostLink("ipc"), "\n", hostLink("uts"), "\n",
                             hostLink("cgroup"), "\n", hostLink("pid"), "\n"));
}

TEST_F(LaunchTest, JoinsAnothersNamespacesByPath) {
  const Running first(spec("exec sleep 60"));
  for (const NamespaceTraits& kind : namespaceTable) {
    oci::RuntimeSpec second = spec(cat("readlink /proc/self/ns/", kind.name));
    const std::string path = cat("/proc/", first.pid(), "/ns/", kind.name);
    for (oci::LinuxNamespace& entry : second.linux_.namespaces) {
      if (entry.type == kind.ociType) {
        entry.path = path;
      }
    }
    EXPECT_EQ(run(second).out, std::filesystem::read_symlink(path).native() + "\n");
  }
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/ns/pid_for_children"), hostLink("pid"));
}

TEST_F(LaunchTest, MemberOfAPidNamespaceSeesTheOthersAndIsOurChild) {
  const Running first(spec("exec sleep 61"));
  oci::RuntimeSpec second = spec("ps -o args");
  second.linux_.namespaces.front().path = cat("/proc/", first.pid(), "/ns/pid");
  EXPECT_NE(run(second).out.find("sleep 61"), std::string::npos);
}

TEST_F(LaunchTest, WrongNamespaceIsNamed) {
  oci::RuntimeSpec wrong = spec("true");
  wrong.linux_.namespaces[1].path = "/proc/self/ns/uts";
  EXPECT_EQ(kindOfFailure(wrong), ErrorKind::invalid);
  wrong.linux_.namespaces[1].path = "/proc/self/ns/nothing";
  EXPECT_EQ(kindOfFailure(wrong), ErrorKind::not_found);
}

TEST_F(LaunchTest, MissingCommandAndUnexecutableOneAreToldApart) {
  EXPECT_EQ(kindOfFailure(usualSpec(root(), {"nonsense"})), ErrorKind::no_command);
  EXPECT_EQ(kindOfFailure(usualSpec(root(), {"/bin/nonsense"})), ErrorKind::no_command);
  EXPECT_EQ(kindOfFailure(usualSpec(root(), {"/etc/passwd"})), ErrorKind::not_executable);
  EXPECT_EQ(kindOfFailure(usualSpec(root(), {"/etc"})), ErrorKind::not_executable);
  replaceFile(root() / "bin/script", "#!/bin/nonsense\n", 0755);
  EXPECT_EQ(kindOfFailure(usualSpec(root(), {"script"})), ErrorKind::no_command);
  try {
    Launch::container(usualSpec(root(), {"nonsense"}), {}).wait();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "executable file \"nonsense\" not found in $PATH: No such file or directory");
  }
}

TEST_F(LaunchTest, FailureOfAStepNamesWhatAndLeavesNoProcess) {
  oci::RuntimeSpec broken = spec("true");
  broken.mounts.push_back({"/data", "bind", "/nonsense", {"rbind"}});
  try {
    Launch::container(broken, {}).wait();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/nonsense"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("/data"), std::string::npos) << error.what();
    EXPECT_EQ(error.code(), ENOENT);
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
}

TEST_F(LaunchTest, DestroyedLaunchLeavesNoProcess) {
  pid_t pid = 0;
  {
    const Launch launch = Launch::container(spec("sleep 60"), {});
    pid = launch.pid();
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(LaunchTest, ChildDiesWithItsLauncher) {
  // The child stands still in a step: it reads from a pipe into which nobody writes.
  const Path fifo = directory() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  UniqueFd writeEnd;
  const UniqueFd readEnd = makePipe(writeEnd);
  const Child launcher = cloneProcess({});
  if (launcher.pid == 0) {
    LaunchOptions options;
    options.seccompFilter = fifo;
    options.stdout_ = std::move(writeEnd);
    const Launch launch = Launch::container(spec("echo started"), std::move(options));
    pause();
    _exit(0);
  }
  writeEnd.reset();
  const UniqueFd held(open(fifo.c_str(), O_WRONLY | O_CLOEXEC));  // returns when the child is there
  kill(launcher.pid, SIGKILL);
  waitForExit(launcher.pidfd.get());
  pollfd end{readEnd.get(), POLLIN, 0};
  ASSERT_EQ(poll(&end, 1, 10000), 1) << "the child lives on";
  EXPECT_EQ(readAll(readEnd.get()), "");
}

TEST_F(LaunchTest, NoDescriptorOfOursIsInTheContainer) {
  const UniqueFd leaked(open("/etc", O_RDONLY));  // NOLINT: without CLOEXEC on purpose
  ASSERT_TRUE(leaked);
  const std::string script =
      "for i in $(/bin/busybox seq 0 40); do test -e /proc/$$/fd/$i && echo $i; done; true";
  EXPECT_EQ(run(spec(script)).out, "0\n1\n2\n");
}

TEST_F(LaunchTest, SupervisorCanPollInsteadOfWaiting) {
  Launch launch = Launch::container(spec("true"), {});
  std::optional<Started> started;
  for (int i = 0; i < 100000 && !started; ++i) {
    started = launch.finish();
  }
  ASSERT_TRUE(started);
  EXPECT_EQ(waitForExit(started->pidfd.get()).code, 0);
}

TEST_F(LaunchTest, OverlayKeepsChangesInItsUpperDirectory) {
  for (const char* name : {"upper", "work", "above"}) {
    std::filesystem::create_directory(directory() / name);
  }
  replaceFile(directory() / "above" / "file", "from the second layer\n");
  LaunchOptions options;
  options.overlay =
      Overlay{{root(), directory() / "above"}, directory() / "upper", directory() / "work"};
  oci::RuntimeSpec layered = spec("cat /file; echo new > /made");
  layered.root.path.clear();
  EXPECT_EQ(run(layered, std::move(options)).out, "from the second layer\n");
  EXPECT_EQ(readFile(directory() / "upper" / "made"), "new\n");
  EXPECT_FALSE(std::filesystem::exists(root() / "made"));
}

TEST_F(LaunchTest, AnOverlayIsMountedWhenTheFormerOneIsGone) {
  for (const char* name : {"upper", "work"}) {
    std::filesystem::create_directory(directory() / name);
  }
  const auto openWork = [&] {
    return UniqueFd(open((directory() / "work").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  };
  // A process of its own: what is locked here, the child would inherit.
  const pid_t former = fork();
  if (former == 0) {
    const UniqueFd held = openWork();
    flock(held.get(), LOCK_EX);
    raise(SIGSTOP);
    _exit(0);
  }
  ASSERT_EQ(waitpid(former, nullptr, WUNTRACED), former);
  const UniqueFd lock = openWork();
  LaunchOptions options;
  options.overlay = Overlay{{root()}, directory() / "upper", directory() / "work"};
  options.overlay->lock = lock.get();
  Launch launch = Launch::container(spec("true"), std::move(options));
  constexpr int longEnoughToStart = 200;
  pollfd report{launch.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&report, 1, longEnoughToStart), 0);
  kill(former, SIGKILL);
  EXPECT_EQ(waitpid(former, nullptr, 0), former);
  EXPECT_EQ(waitForExit(launch.wait().pidfd.get()).code, 0);
  EXPECT_NE(flock(openWork().get(), LOCK_EX | LOCK_NB), 0) << "the lock is not kept";
}

TEST_F(LaunchTest, NothingIsMountedOnTheHost) {
  const std::string before = readFile("/proc/self/mountinfo");
  const Running container(spec("exec sleep 60"));
  EXPECT_EQ(readFile("/proc/self/mountinfo"), before);
}

TEST_F(LaunchTest, ExecJoinsAllNamespacesAndTheRoot) {
  const Running container(spec("echo here > /tmp/mark; echo up; exec sleep 60"));
  oci::RuntimeSpec further = spec(
      "cat /tmp/mark; hostname; cd /proc/self/ns; for n in cgroup ipc mnt net pid uts; do readlink "
      "$n; done");
  for (int i = 0; i < 1000 && !std::filesystem::exists(root() / "tmp/mark"); ++i) {
    usleep(1000);
  }
  std::string expected = "here\ninside\n";
  for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid", "uts"}) {
    expected +=
        std::filesystem::read_symlink(cat("/proc/", container.pid(), "/ns/", name)).native() + "\n";
  }
  EXPECT_EQ(exec(container.pid(), further).out, expected);
  EXPECT_EQ(exec(container.pid(), spec("exit 3")).code, 3);
}

TEST_F(LaunchTest, ExecTellsMissingCommands) {
  const Running container(spec("exec sleep 60"));
  try {
    exec(container.pid(), usualSpec(root(), {"nonsense"}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_command);
  }
}

TEST_F(LaunchTest, ExecIntoWhatHasEndedIsNotFound) {
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    _exit(0);
  }
  waitForExit(child.pidfd.get());
  try {
    exec(child.pid, spec("true"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

TEST_F(LaunchTest, BorrowedMountIsOneForAll) {
  const Running first(spec("exec sleep 60"));
  oci::RuntimeSpec second = spec("echo shared > /dev/shm/x");
  std::erase_if(second.mounts,
                [](const oci::Mount& mount) { return mount.destination == "/dev/shm"; });
  LaunchOptions options;
  options.borrowed = {{first.pid(), "/dev/shm", "/dev/shm"}};
  EXPECT_EQ(run(second, std::move(options)).code, 0);
  EXPECT_EQ(exec(first.pid(), spec("cat /dev/shm/x")).out, "shared\n");
}

class LaunchCgroupTest : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    cgroup_ = layout_.open("/peapod-test-runtime/ctr");
    CgroupLimits limits;
    limits.memoryMax = 64 << 20;
    limits.pidsMax = 100;
    cgroup_->create(limits);
  }
  void TearDown() override {
    if (cgroup_) {
      cgroup_->remove();
      layout_.open("/peapod-test-runtime")->remove();
    }
  }
  LaunchOptions options() const {
    LaunchOptions result;
    result.cgroup = cgroup_.get();
    return result;
  }
  /// Whether all hierarchies in which the node is have the process there.
  void expectInside(pid_t pid) const {
    for (const auto& [name, directory] : cgroup_->directories()) {
      const std::string processes = "\n" + readFile(directory / "cgroup.procs");
      EXPECT_NE(processes.find(cat("\n", pid, "\n")), std::string::npos) << directory;
    }
  }

  CgroupLayout layout_ = CgroupLayout::detect();
  std::unique_ptr<Cgroup> cgroup_;
};

TEST_F(LaunchCgroupTest, ProcessesOfTheContainerAreInItsCgroup) {
  const Running container(spec("exec sleep 60"), options());
  expectInside(container.pid());
  LaunchOptions further = options();
  const Started started =
      Launch::exec(container.pid(), spec("exec sleep 60"), std::move(further)).wait();
  expectInside(started.pid);
  kill(started.pid, SIGKILL);
  waitForExit(started.pidfd.get());
}

TEST_F(LaunchCgroupTest, ContainerSeesItsOwnCgroupReadOnly) {
  const bool v2 = layout_.version() == CgroupLayout::Version::v2;
  const std::string limit = v2 ? "memory.max" : "memory/memory.limit_in_bytes";
  oci::RuntimeSpec looking =
      spec("cd /sys/fs/cgroup; cat " + limit + "; echo 1 > " + limit +
           " || echo refused; grep -v ':/$' /proc/self/cgroup | grep peapod");
  looking.mounts.push_back({"/sys/fs/cgroup", "cgroup", "cgroup", {"ro"}});
  const std::string out = run(looking, options()).out;
  EXPECT_EQ(out.substr(0, 9), "67108864\n");
  EXPECT_NE(out.find("refused\n"), std::string::npos) << out;
  EXPECT_EQ(out.find("peapod"), std::string::npos) << "its cgroup namespace does not begin there";
}

}  // namespace
}  // namespace runtime::test
