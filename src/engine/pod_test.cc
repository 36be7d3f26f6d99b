#include "base/json.h"
#include "engine/engine.h"
#include "engine/test_engine.h"

namespace engine {
namespace {

class Pods : public EngineTest {};

TEST_F(Pods, APodsContainersShareWhatItShares) {
  PodSpec spec = pod("web");
  spec.share = {NamespaceKind::net, NamespaceKind::pid};
  engine().createPod(spec);
  EXPECT_EQ(engine().podSummary("web").status, "Created");
  const std::string one = run(container("one", {"sleep", "100"}, "web"));
  const std::string two = run(container("two", {"sleep", "100"}, "web"));
  for (const NamespaceTraits& entry : namespaceTable) {
    EXPECT_EQ(namespaceOf(one, entry.kind) == namespaceOf(two, entry.kind),
              spec.share.contains(entry.kind))
        << entry.name;
  }
  EXPECT_EQ(engine().podSummary("web").status, "Running");
  EXPECT_TRUE(contains(exec("two", {"ps"}).text, "sleep 100"));
  engine().stopPod("web", 0);
  EXPECT_EQ(engine().podSummary("web").status, "Exited");
  engine().startPod("web");
  EXPECT_EQ(engine().podSummary("web").status, "Running");
  EXPECT_EQ(engine().containerSummary("two").state.status, "running");
}

TEST_F(Pods, APodsShmIsItsMembersCommon) {
  engine().createPod(pod("web"));
  run(container("one", {"sleep", "100"}, "web"));
  run(container("two", {"sleep", "100"}, "web"));
  EXPECT_EQ(exec("one", {"touch", "/dev/shm/mark"}).code, 0);
  EXPECT_EQ(exec("two", {"ls", "/dev/shm"}).text, "mark\n");
}

TEST_F(Pods, AMemberWithANetworkOfItsOwnHasAnAddressOfItsOwn) {
  PodSpec spec = pod("web");
  spec.share = {NamespaceKind::uts};
  engine().createPod(spec);
  run(container("one", {"sleep", "100"}, "web"));
  run(container("two", {"sleep", "100"}, "web"));
  const Json one = engine().inspectContainer("one")["NetworkSettings"]["IPAddress"];
  const Json two = engine().inspectContainer("two")["NetworkSettings"]["IPAddress"];
  EXPECT_NE(one, "");
  EXPECT_NE(one, two);
  EXPECT_TRUE(contains(exec("one", {"cat", "/etc/hosts"}).text, one.get<std::string>()));
}

TEST_F(Pods, NamesOfPodAndMembersResolve) {
  engine().createPod(pod("web"));
  run(container("one", {"sleep", "100"}, "web"));
  run(container("two", {"sleep", "100"}, "web"));
  const std::string hosts = exec("one", {"cat", "/etc/hosts"}).text;
  EXPECT_TRUE(contains(hosts, "web"));
  EXPECT_TRUE(contains(hosts, "two"));  // came later
  EXPECT_TRUE(contains(hosts, "host.containers.internal"));
  EXPECT_EQ(exec("one", {"cat", "/etc/hostname"}).text, "web\n");
}

TEST_F(Pods, AMemberAddsAPortToARunningPodForGood) {
  engine().createPod(pod("web"));
  run(container("one", {"sleep", "100"}, "web"));
  ContainerSpec spec = container("two", {"sleep", "100"}, "web");
  spec.network.ports = {{"", 18080, 80, 1, "tcp"}};
  run(spec);
  ASSERT_EQ(engine().ports("one").size(), 1U);
  EXPECT_EQ(engine().ports("one")[0].hostPort, 18080);
  engine().removeContainer("two", true, 0);
  engine().restartPod("web");
  ASSERT_EQ(engine().ports("one").size(), 1U);
  EXPECT_EQ(engine().inspectPod("web")["InfraConfig"]["PortBindings"]["80/tcp"][0]["HostPort"],
            "18080");
  // The same again is what there is; another port of the container's there is not.
  run(spec);
  engine().removeContainer("two", true, 0);
  spec.network.ports[0].containerPort = 81;
  EXPECT_EQ(errorOf([&] { run(spec); })->kind(), ErrorKind::in_use);
}

TEST_F(Pods, APodWithRunningContainersIsRemovedWithForceOnly) {
  engine().createPod(pod("web"));
  run(container("one", {"sleep", "100"}, "web"));
  EXPECT_EQ(errorOf([] { engine().removePod("web", false, {}); })->kind(), ErrorKind::in_use);
  engine().stopPod("web", 0);
  EXPECT_NO_THROW(engine().removePod("web", false, {}));
}

TEST_F(Pods, ListsShowPauseAndMembers) {
  engine().createPod(pod("web"));
  run(container("one", {"sleep", "100"}, "web"));
  const auto rows = engine().listContainers();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].infra);
  EXPECT_EQ(rows[0].state.status, "running");
  EXPECT_EQ(rows[1].podName, "web");
  EXPECT_EQ(rows[1].image, image);
  EXPECT_EQ(rows[1].command, (std::vector<std::string>{"sleep", "100"}));
  const auto pods = engine().listPods();
  ASSERT_EQ(pods.size(), 1U);
  EXPECT_EQ(pods[0].infraId, rows[0].id);
}

TEST_F(Pods, InspectHasPodmansFields) {
  PodSpec spec = pod("web");
  spec.resources.memory = 64 << 20;
  engine().createPod(spec);
  run(container("one", {"sleep", "100"}, "web"));
  const Json one = engine().inspectContainer("one");
  EXPECT_EQ(one["State"]["Running"], true);
  EXPECT_EQ(one["Config"]["Hostname"], "web");
  EXPECT_EQ(one["ImageName"], image);
  EXPECT_EQ(one["HostConfig"]["IpcMode"], "container:" + infraId(one["Pod"]));
  const Json document = engine().inspectPod("web");
  EXPECT_EQ(document["State"], "Running");
  EXPECT_EQ(document["MemoryLimit"], 64 << 20);
  EXPECT_EQ(document["NumContainers"], 2);
  EXPECT_EQ(document["SharedNamespaces"], Json::array({"net", "ipc", "uts"}));
}

}  // namespace
}  // namespace engine
