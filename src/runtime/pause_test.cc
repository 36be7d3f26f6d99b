#include "runtime/pause.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstring>

#include "kernel/capability.h"
#include "kernel/pidfd.h"
#include "pause/protocol.h"
#include "runtime/test_container.h"

namespace runtime::test {
namespace {

std::string link(pid_t pid, const char* name) {
  return std::filesystem::read_symlink(cat("/proc/", pid, "/ns/", name)).native();
}

std::string statusField(pid_t pid, const std::string& name) {
  const std::string text = readFile(cat("/proc/", pid, "/status"));
  const auto start = text.find("\n" + name + ":\t");
  return start == std::string::npos
             ? ""
             : text.substr(start + name.size() + 3,
                           text.find('\n', start + 1) - start - name.size() - 3);
}

/// Waits, bounded, for what another process is about to do.
template <typename Condition>
bool comes(Condition condition) {
  for (int i = 0; i < 5000; ++i) {
    if (condition()) {
      return true;
    }
    usleep(1000);
  }
  return false;
}

class PauseTest : public ContainerTest {
 protected:
  void TearDown() override {
    if (pause_.pidfd) {
      kill(pause_.pid, SIGKILL);
      waitForExit(pause_.pidfd.get());
    }
  }

  void start(PauseOptions options = {}) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    keeper_.reset(ends[0]);
    options.control.reset(ends[1]);
    for (const NamespaceKind kind : kinds_) {
      options.namespaces.push_back({kind, {}});
    }
    pause_ = PauseLaunch(std::move(options)).finish();
  }

  void send(pause_protocol::Action action, std::uint32_t slot, int fd = -1) {
    pause_protocol::Message content{action, slot};
    iovec part{&content, sizeof content};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (fd >= 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* attached = CMSG_FIRSTHDR(&message);
      attached->cmsg_level = SOL_SOCKET;
      attached->cmsg_type = SCM_RIGHTS;
      attached->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(attached), &fd, sizeof fd);
    }
    ASSERT_GT(sendmsg(keeper_.get(), &message, MSG_NOSIGNAL), 0);
  }

  Path descriptor(int number) const { return cat("/proc/", pause_.pid, "/fd/", number); }
  bool holds(std::uint32_t slot) const {
    struct stat status {};
    return lstat(descriptor(pause_protocol::firstSlot + static_cast<int>(slot)).c_str(), &status) ==
           0;
  }

  Started pause_;
  UniqueFd keeper_;
  std::vector<NamespaceKind> kinds_{NamespaceKind::net, NamespaceKind::ipc, NamespaceKind::uts,
                                    NamespaceKind::pid};
};

TEST_F(PauseTest, IsInItsNamespacesAndNoOthers) {
  start();
  for (const char* name : {"net", "ipc", "uts", "pid", "mnt"}) {
    EXPECT_NE(link(pause_.pid, name), link(getpid(), name)) << name;
  }
  EXPECT_EQ(link(pause_.pid, "cgroup"), link(getpid(), "cgroup"));
  EXPECT_NE(statusField(pause_.pid, "NSpid").find("\t1"), std::string::npos);
}

TEST_F(PauseTest, TakesANamespaceThatExists) {
  kinds_ = {};
  UniqueFd made;
  runApart([&] { made.reset(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)); },
           CLONE_NEWNET);
  const std::string name =
      std::filesystem::read_symlink(cat("/proc/self/fd/", made.get())).native();
  PauseOptions options;
  options.namespaces.push_back({NamespaceKind::net, std::move(made)});
  start(std::move(options));
  EXPECT_EQ(link(pause_.pid, "net"), name);
}

TEST_F(PauseTest, HasNoRightsAndShowsNothing) {
  start();
  for (const char* set : {"CapPrm", "CapEff", "CapInh", "CapAmb"}) {
    EXPECT_EQ(statusField(pause_.pid, set), "0000000000000000") << set;
  }
  EXPECT_EQ(statusField(pause_.pid, "NoNewPrivs"), "1");
  EXPECT_FALSE(std::filesystem::exists(cat("/proc/", pause_.pid, "/root/etc")));
  // Not dumpable: its files in /proc are root's whoever it is, which only shows in being refused to
  // those without CAP_SYS_PTRACE.
  const Child other = cloneProcess({});
  if (other.pid == 0) {
    setCapabilities({});
    char target[64];
    _exit(readlink(cat("/proc/", pause_.pid, "/fd/3").c_str(), target, sizeof target) < 0 ? 0 : 1);
  }
  EXPECT_EQ(waitForExit(other.pidfd.get()).code, 0);
}

TEST_F(PauseTest, HasOnlyItsControlAndSignals) {
  start();
  int count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(cat("/proc/", pause_.pid, "/fd"))) {
    ++count;
  }
  EXPECT_EQ(count, 2);
}

TEST_F(PauseTest, HostnameSysctlsAndShmAreThePods) {
  PauseOptions options;
  options.hostname = "podname";
  options.sysctls = {{"net.ipv4.ip_forward", "1"}};
  options.shmSize = 1 << 20;
  start(std::move(options));
  oci::RuntimeSpec member = spec(
      "hostname; sysctl -n net.ipv4.ip_forward; echo x > /dev/shm/x; grep -c size=1024k "
      "/proc/self/mountinfo");
  std::erase_if(member.mounts,
                [](const oci::Mount& mount) { return mount.destination == "/dev/shm"; });
  for (oci::LinuxNamespace& entry : member.linux_.namespaces) {
    if (const auto kind = namespaceByOciType(entry.type); kind && *kind != NamespaceKind::cgroup) {
      entry.path = cat("/proc/", pause_.pid, "/ns/", traits(*kind).name);
    }
  }
  LaunchOptions launch;
  launch.borrowed = {{pause_.pid, "/", "/dev/shm"}};
  EXPECT_EQ(run(member, std::move(launch)).out, "podname\n1\n1\n");
  EXPECT_TRUE(std::filesystem::exists(cat("/proc/", pause_.pid, "/root/x")));
}

TEST_F(PauseTest, ReapsOrphansOfItsPidNamespace) {
  start();
  oci::RuntimeSpec member = spec("(sh -c 'exit 5' &) ; (sleep 0.05 &); exit 0");
  member.linux_.namespaces.front().path = cat("/proc/", pause_.pid, "/ns/pid");
  EXPECT_EQ(run(member).code, 0);
  EXPECT_TRUE(comes([&] {
    return readFile(cat("/proc/", pause_.pid, "/task/", pause_.pid, "/children")).empty();
  }));
}

TEST_F(PauseTest, HoldsDescriptorsAndGivesThemBack) {
  start();
  const Path file = directory() / "held";
  replaceFile(file, "kept");
  const UniqueFd original(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  send(pause_protocol::Action::hold, 0, keeper_.get());
  send(pause_protocol::Action::hold, 7, original.get());
  ASSERT_TRUE(comes([&] { return holds(7); }));
  keeper_.reset();  // as if it died

  const UniqueFd taken = takeDescriptor(pause_.pidfd.get(), pause_protocol::firstSlot + 7);
  char text[5] = {};
  EXPECT_EQ(read(taken.get(), text, 4), 4);
  EXPECT_STREQ(text, "kept");
  keeper_ = takeDescriptor(pause_.pidfd.get(), pause_protocol::firstSlot);
  send(pause_protocol::Action::drop, 7);
  EXPECT_TRUE(comes([&] { return !holds(7); }));
}

TEST_F(PauseTest, LivesOnWithoutAKeeperAndSurvivesNonsense) {
  start();
  send(pause_protocol::Action::hold, 0xFFFFFFFF, 0);
  send(pause_protocol::Action::hold, 3);
  send(pause_protocol::Action::drop, 900);
  ASSERT_EQ(write(keeper_.get(), "x", 1), 1);
  send(pause_protocol::Action::hold, 5, 0);
  EXPECT_TRUE(comes([&] { return holds(5); }));
  keeper_.reset();
  usleep(20000);
  EXPECT_FALSE(reapIfEnded(pause_.pidfd.get()));
}

TEST_F(PauseTest, EndsOnSigtermFromOutsideButNotFromInside) {
  start();
  oci::RuntimeSpec member = spec("kill -TERM 1; kill -KILL 1; kill -INT 1");
  member.linux_.namespaces.front().path = cat("/proc/", pause_.pid, "/ns/pid");
  member.process.capabilities->effective = member.process.capabilities->permitted =
      member.process.capabilities->bounding = {"CAP_KILL"};
  run(member);
  usleep(20000);
  EXPECT_FALSE(reapIfEnded(pause_.pidfd.get()));
  kill(pause_.pid, SIGTERM);
  EXPECT_EQ(waitForExit(pause_.pidfd.get()).code, 0);
  pause_.pidfd.reset();
}

TEST_F(PauseTest, FailureNamesWhatAndLeavesNoProcess) {
  PauseOptions options;
  options.sysctls = {{"net.nonsense", "1"}};
  try {
    start(std::move(options));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("net.nonsense"), std::string::npos) << error.what();
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
}

}  // namespace
}  // namespace runtime::test
