#pragma once

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/id.h"
#include "base/json.h"
#include "keeper/client.h"
#include "keeper/state.h"
#include "kernel/pidfd.h"
#include "runtime/test_container.h"
#include "spec/runtime.h"

/// What tests of this folder share: real keepers with real containers of busybox, in a network and
/// mount namespace of the test program's own and below a temporary root.
namespace keeper::test {

constexpr const char* testCgroup = "/peapod-test-keeper";

/// Whether something comes true within a bounded time.
template <typename Condition>
bool soon(Condition&& condition, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline bool readable(int fd, std::chrono::milliseconds limit) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, static_cast<int>(limit.count())) == 1;
}

class KeeperTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0) {
      return;
    }
    static const bool apart = unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
                              mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (!apart) {
      throw systemError("leaving the machine's namespaces");
    }
  }

  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root: starts containers";
    }
    layout.root = directory.path() / "root";
    layout.runroot = directory.path() / "run";
    runtime::test::makeBusyboxRoot(rootfs());
  }

  void TearDown() override {
    for (const auto& [pid, startTime] : keepers) {
      if (!soon([pid = pid, startTime = startTime] { return startTimeOf(pid) != startTime; })) {
        ADD_FAILURE() << "keeper " << pid << " still runs";
        ::kill(pid, SIGKILL);
      }
    }
    expectNoDefects();
    const auto cgroups = CgroupLayout::detect();
    const auto cgroup = cgroups.open(testCgroup);
    if (cgroup->exists()) {
      EXPECT_TRUE(soon([&] { return cgroup->processes().empty(); })) << "processes are left";
      cgroup->kill();
      cgroup->remove();
    }
  }

  /// What the sanitizers have to say of the keepers.
  void expectNoDefects() const {
    std::error_code none;
    for (const auto& one :
         std::filesystem::directory_iterator(layout.runroot / "sandboxes", none)) {
      const std::string text = readFileIfExists(one.path() / "keeper.log").value_or("");
      for (const char* sign : {"Sanitizer:", "runtime error:", "terminate called"}) {
        EXPECT_EQ(text.find(sign), std::string::npos) << text;
      }
    }
  }

  Path rootfs() const { return directory.path() / "rootfs"; }

  SandboxConfig single() const {
    SandboxConfig config;
    config.id = newId();
    config.name = "single";
    config.newNamespaces = {NamespaceKind::net};
    return config;
  }

  SandboxConfig pod() const {
    SandboxConfig config = single();
    config.name = "web";
    config.pod = true;
    config.newNamespaces = {NamespaceKind::net, NamespaceKind::ipc, NamespaceKind::uts};
    config.hostname = "web";
    config.shmSize = 1 << 20;
    config.cgroup = cat(testCgroup, "/pod-", shortId(config.id));
    return config;
  }

  /// A container that shares with the sandbox what that has of its own.
  ContainerConfig container(const SandboxConfig& sandbox, std::vector<std::string> command,
                            bool terminal = false) const {
    ContainerConfig config;
    config.id = sandbox.pod ? newId() : sandbox.id;
    config.name = "c";
    config.bundle = layout.container(config.id);
    config.sandboxNamespaces = sandbox.newNamespaces;
    config.sandboxShm = sandbox.pod;
    config.user = "0";
    config.cgroup = cat(sandbox.pod ? sandbox.cgroup : testCgroup, "/ctr-", shortId(config.id));
    config.logPath = (config.bundle / "ctr.log").native();
    auto spec = runtime::test::usualSpec(rootfs(), std::move(command));
    spec.process.terminal = terminal;
    if (sandbox.pod) {
      spec.hostname.clear();
      std::erase_if(spec.mounts, [](const auto& one) { return one.destination == "/dev/shm"; });
    }
    makeDirectories(config.bundle);
    replaceFile(config.bundle / "config.json", Json(spec).dump());
    return config;
  }

  Client client(const SandboxConfig& sandbox) {
    return Client::connectOrStart(layout, sandbox, [this](pid_t pid, std::uint64_t startTime) {
      keepers.emplace_back(pid, startTime);
    });
  }
  /// The same, its sandbox started.
  Client started(const SandboxConfig& sandbox) {
    Client out = client(sandbox);
    out.startSandbox();
    return out;
  }

  bool gone(const SandboxConfig& sandbox) const {
    return soon([&] { return !keeperRuns(layout, sandbox.id); });
  }
  std::string log(const ContainerConfig& config) const {
    return readFileIfExists(config.logPath).value_or("");
  }
  bool logged(const ContainerConfig& config, const std::string& text) const {
    return soon([&] { return log(config).find(text) != std::string::npos; });
  }

  runtime::test::TemporaryDirectory directory;
  Layout layout;
  std::vector<std::pair<pid_t, std::uint64_t>> keepers;
};

/// All output up to the exit frame.
struct Conversation {
  std::string out, err;
  std::optional<int> exitCode;
};

inline Conversation listen(Attachment& attachment,
                           std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  Conversation said;
  while (readable(attachment.fd(), limit)) {
    const auto received = attachment.receive();
    if (!received) {
      break;
    }
    if (received->frame == Attachment::Frame::stdout_) {
      said.out += received->data;
    } else if (received->frame == Attachment::Frame::stderr_) {
      said.err += received->data;
    } else if (received->frame == Attachment::Frame::exit) {
      said.exitCode = parseNumber<int>(received->data);
      break;
    }
  }
  return said;
}

/// Reads until the text has come.
inline bool hears(Attachment& attachment, const std::string& text) {
  std::string heard;
  while (heard.find(text) == std::string::npos &&
         readable(attachment.fd(), std::chrono::seconds(10))) {
    const auto received = attachment.receive();
    if (!received || received->frame == Attachment::Frame::exit) {
      return false;
    }
    heard += received->data;
  }
  return heard.find(text) != std::string::npos;
}

}  // namespace keeper::test
