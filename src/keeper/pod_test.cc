#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "keeper/test_keeper.h"
#include "kernel/links.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

class PodTest : public KeeperTest {
 protected:
  SandboxConfig bridged() {
    const network::Bridge bridge = network::defaultBridge();
    SandboxConfig config = pod();
    network::Interface interface;
    interface.bridgeDevice = bridge.device;
    interface.hostName = cat("pp", shortId(config.id).substr(0, 10));
    interface.address4 = "10.90.0.5/16";
    interface.gateway4 = bridge.gateway4;
    config.interface = interface;
    return config;
  }
};

int indexOf(const std::string& interface) {
  return links::indexOf(NetlinkSocket(NETLINK_ROUTE), interface);
}

/// Another program that has a port.
UniqueFd occupy(std::uint16_t port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

std::string namespaceOf(pid_t pid, const char* name) {
  return std::filesystem::read_symlink(cat("/proc/", pid, "/ns/", std::string_view(name)));
}

TEST_F(PodTest, SharesItsNamespacesAndOutlivesItsContainers) {
  const auto sandbox = pod();
  const auto first = container(sandbox, {"sleep", "1000"});
  const auto second = container(sandbox, {"sleep", "1000"});
  Client keeper = client(sandbox);
  const SandboxState state = keeper.startSandbox();
  EXPECT_EQ(state.status, "running");
  EXPECT_EQ(readSandboxState(layout, sandbox.id)->pause, state.pause);
  const auto one = keeper.start(first);
  const auto other = keeper.start(second);
  for (const char* name : {"net", "ipc", "uts"}) {
    EXPECT_EQ(namespaceOf(one.pid, name), namespaceOf(other.pid, name));
    EXPECT_EQ(namespaceOf(one.pid, name), namespaceOf(state.pause, name));
    EXPECT_NE(namespaceOf(one.pid, name), namespaceOf(getpid(), name));
  }
  EXPECT_NE(namespaceOf(one.pid, "pid"), namespaceOf(other.pid, "pid"));
  keeper.stop(first.id, 0);
  keeper.stop(second.id, 0);
  EXPECT_TRUE(keeperRuns(layout, sandbox.id));
  keeper.stopSandbox(std::nullopt);
  EXPECT_FALSE(keeperRuns(layout, sandbox.id));
  EXPECT_FALSE(readSandboxState(layout, sandbox.id));
  EXPECT_FALSE(CgroupLayout::detect().open(sandbox.cgroup)->exists());
}

TEST_F(PodTest, StopsItsContainersInReverseOrder) {
  const auto sandbox = pod();
  std::vector<ContainerConfig> configs;
  Client keeper = started(sandbox);
  for (int i = 0; i < 3; ++i) {
    configs.push_back(container(
        sandbox, {"sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done"}));
    keeper.start(configs.back());
    ASSERT_TRUE(logged(configs.back(), "up"));
  }
  keeper.stopSandbox(5);
  std::vector<std::int64_t> ends;
  for (const auto& config : configs) {
    const auto state = readState(layout, config.id);
    EXPECT_EQ(state->exitCode, 0);
    ends.push_back(state->finishedAt);
  }
  EXPECT_GT(ends[0], ends[1]);
  EXPECT_GT(ends[1], ends[2]);
}

TEST_F(PodTest, IsKilledAtOnceWithEverythingInIt) {
  auto sandbox = pod();
  sandbox.newNamespaces.insert(NamespaceKind::pid);
  const auto config = container(sandbox, {"sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000"});
  Client keeper = started(sandbox);
  keeper.start(config);
  keeper.killSandbox();
  EXPECT_EQ(readState(layout, config.id)->exitCode, 137);
  EXPECT_FALSE(CgroupLayout::detect().open(sandbox.cgroup)->exists());
  EXPECT_FALSE(keeperRuns(layout, sandbox.id));
}

TEST_F(PodTest, EndsWhenItsPauseProcessIsKilled) {
  const auto sandbox = pod();
  const auto config = container(sandbox, {"sleep", "1000"});
  Client keeper = client(sandbox);
  const auto state = keeper.startSandbox();
  keeper.start(config);
  ::kill(state.pause, SIGKILL);
  EXPECT_EQ(keeper.wait(config.id).exitCode, 137);
  EXPECT_TRUE(gone(sandbox));
  EXPECT_EQ(readState(layout, config.id)->status, "exited");
}

TEST_F(PodTest, StopsWithItsLastContainerWhereThatIsItsPolicy) {
  auto sandbox = pod();
  sandbox.stopWithLast = true;
  const auto first = container(sandbox, {"true"});
  const auto second = container(sandbox, {"sleep", "1000"});
  Client keeper = started(sandbox);
  keeper.start(second);
  keeper.start(first);
  keeper.wait(first.id);
  EXPECT_TRUE(keeperRuns(layout, sandbox.id));
  keeper.stop(second.id, 0);
  EXPECT_TRUE(gone(sandbox));
}

TEST_F(PodTest, IsPausedAsAWhole) {
  const auto sandbox = pod();
  const auto first = container(sandbox, {"sleep", "1000"});
  const auto second = container(sandbox, {"sleep", "1000"});
  Client keeper = started(sandbox);
  keeper.start(first);
  keeper.start(second);
  keeper.pauseSandbox();
  EXPECT_EQ(readState(layout, first.id)->status, "paused");
  EXPECT_EQ(readState(layout, second.id)->status, "paused");
  EXPECT_EQ(readSandboxState(layout, sandbox.id)->status, "paused");
  keeper.unpauseSandbox();
  EXPECT_EQ(readState(layout, first.id)->status, "running");
  EXPECT_EQ(readSandboxState(layout, sandbox.id)->status, "running");
  keeper.signalSandbox(SIGKILL);
  EXPECT_EQ(keeper.wait(first.id).exitCode, 137);
  keeper.killSandbox();
}

TEST_F(PodTest, PublishesAllPortsOrNone) {
  auto sandbox = bridged();
  sandbox.ports = {{"", 18080, 80, "tcp"}};
  Client keeper = started(sandbox);
  const UniqueFd taken = occupy(18082);
  EXPECT_THROW(keeper.publish({{"", 18081, 81, "tcp"}, {"", 18082, 82, "tcp"}}), Error);
  EXPECT_EQ(readSandboxState(layout, sandbox.id)->ports.size(), 1U);
  EXPECT_NO_THROW(occupy(18081)) << "it was let go";
  const auto chosen = keeper.publish({{"", 0, 83, "tcp"}});
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_NE(chosen[0].hostPort, 0);
  EXPECT_EQ(readSandboxState(layout, sandbox.id)->ports.size(), 2U);
  keeper.unpublish(chosen);
  EXPECT_EQ(readSandboxState(layout, sandbox.id)->ports.size(), 1U);
  keeper.stopSandbox(1);
  EXPECT_NO_THROW(occupy(18080));
}

TEST_F(PodTest, LeavesNothingWhenAPortIsInUse) {
  auto sandbox = bridged();
  sandbox.ports = {{"", 18090, 80, "tcp"}, {"", 18091, 81, "tcp"}};
  const UniqueFd taken = occupy(18091);
  {
    Client keeper = client(sandbox);
    try {
      keeper.startSandbox();
      ADD_FAILURE() << "it started";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::in_use);
      EXPECT_NE(std::string(error.what()).find("18091"), std::string::npos) << error.what();
    }
  }
  EXPECT_TRUE(gone(sandbox));
  EXPECT_NO_THROW(occupy(18090));
  EXPECT_EQ(indexOf(sandbox.interface->hostName), 0);
  EXPECT_FALSE(CgroupLayout::detect().open(sandbox.cgroup)->exists());
  EXPECT_FALSE(readSandboxState(layout, sandbox.id));
}

TEST_F(PodTest, MakesItsBridgeWhereThatIsMissing) {
  const auto sandbox = bridged();
  NetlinkSocket socket(NETLINK_ROUTE);
  if (indexOf(sandbox.interface->bridgeDevice) != 0) {
    NetlinkBatch batch;
    links::remove(batch, sandbox.interface->bridgeDevice);
    socket.send(batch);
  }
  Client keeper = started(sandbox);
  EXPECT_GT(indexOf(sandbox.interface->bridgeDevice), 0);
  EXPECT_GT(indexOf(sandbox.interface->hostName), 0);
  keeper.stopSandbox(1);
}

TEST_F(PodTest, GivesAContainerANetworkOfItsOwn) {
  auto sandbox = pod();
  sandbox.newNamespaces.erase(NamespaceKind::net);
  auto config = container(sandbox, {"sleep", "1000"});
  config.network.emplace();
  Client keeper = client(sandbox);
  const auto state = keeper.startSandbox();
  const auto running = keeper.start(config);
  EXPECT_NE(namespaceOf(running.pid, "net"), namespaceOf(state.pause, "net"));
  EXPECT_NE(namespaceOf(running.pid, "net"), namespaceOf(getpid(), "net"));
  keeper.killSandbox();
}

TEST_F(PodTest, StartsAgainAfterItWasStopped) {
  const auto sandbox = pod();
  const auto config = container(sandbox, {"sleep", "1000"});
  for (int i = 0; i < 3; ++i) {
    Client keeper = started(sandbox);
    keeper.start(config);
    keeper.stopSandbox(0);
  }
}

}  // namespace
}  // namespace keeper::test
