#include "spec/request.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace {

template <typename Step>
std::string errorOf(Step&& step) {
  try {
    step();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "no error";
}

TEST(NamespaceModes, ReadAndPrint) {
  using Source = NamespaceMode::Source;
  EXPECT_EQ(parseNamespaceMode("host"), (NamespaceMode{Source::host, ""}));
  EXPECT_EQ(parseNamespaceMode("pod"), (NamespaceMode{Source::pod, ""}));
  EXPECT_EQ(parseNamespaceMode("container:a:b"), (NamespaceMode{Source::container, "a:b"}));
  EXPECT_EQ(parseNamespaceMode("ns:/proc/1/ns/net"),
            (NamespaceMode{Source::path, "/proc/1/ns/net"}));
  for (const char* own : {"private", "shareable", "none", "bridge"}) {
    EXPECT_EQ(parseNamespaceMode(own).source, Source::own) << own;
  }
  for (const char* text : {"private", "host", "pod", "container:web", "ns:/run/netns/x"}) {
    EXPECT_EQ(toText(parseNamespaceMode(text)), text);
  }
}

TEST(NamespaceModes, WhatIsNoneIsNamed) {
  for (const char* text : {"", "hosts", "container:", "container", "ns:", "ns", "Host", "pod:x"}) {
    const std::string error = errorOf([&] { parseNamespaceMode(text); });
    EXPECT_NE(error.find(cat("\"", text, "\"")), std::string::npos) << error;
  }
  EXPECT_NE(errorOf([] { parseNamespaceMode("ns:relative"); }).find("absolute path"),
            std::string::npos);
}

/// Every member differs from its default: what the description forgets is missing in the second
/// document.
PodSpec fullPod() {
  PodSpec spec;
  spec.name = "web";
  spec.hostname = "webhost";
  spec.labels = {{"a", "b"}, {"empty", ""}};
  spec.share = {NamespaceKind::net, NamespaceKind::pid};
  spec.namespaces = {{NamespaceKind::uts, {NamespaceMode::Source::host, ""}},
                     {NamespaceKind::net, {NamespaceMode::Source::path, "/proc/1/ns/net"}}};
  spec.infra = false;
  spec.network.mode = NetworkRequest::Mode::none;
  spec.network.ports = {{"127.0.0.1", 8080, 80, 3, "udp"}, {}};
  spec.network.publishAll = true;
  spec.network.ip = "10.88.0.9";
  spec.network.ip6 = "fd00::9";
  spec.network.mac = "02:00:00:00:00:01";
  spec.network.dnsServers = {"1.1.1.1"};
  spec.network.dnsOptions = {"ndots:1"};
  spec.network.dnsSearch = {"example.org"};
  spec.network.addHosts = {"db:10.0.0.1"};
  spec.network.aliases = {"front"};
  spec.network.noHosts = true;
  spec.resources.cpus = 1.5;
  spec.resources.cpuPeriod = 100000;
  spec.resources.cpuQuota = -1;
  spec.resources.cpuShares = 512;
  spec.resources.cpusetCpus = "0-1";
  spec.resources.cpusetMems = "0";
  spec.resources.memory = 6LL << 30;
  spec.resources.memoryReservation = 1 << 20;
  spec.resources.memorySwap = -1;
  spec.resources.pidsLimit = 0;
  spec.cgroupParent = "/machine";
  spec.shareParent = false;
  spec.shmSize = 1;
  spec.sysctls = {{"net.core.somaxconn", "1"}};
  spec.mounts = {{"bind", "/src", "/dst", {"ro", "z"}}};
  spec.exitPolicy = "stop";
  spec.uid = "11-22";
  spec.qosClass = "Burstable";
  spec.restart = {"on-failure", 5};
  spec.createCommand = {"peapod", "pod", "create"};
  return spec;
}

TEST(PodSpecs, KeepEveryMember) {
  const Json first = fullPod();
  const PodSpec again = parseJson(first.dump(), "pod").get<PodSpec>();
  EXPECT_EQ(Json(again).dump(2), first.dump(2));
  EXPECT_EQ(again.network.ports.at(0).protocol, "udp");
  EXPECT_EQ(again.network.ports.at(0).range, 3);
  EXPECT_EQ(again.network.mode, NetworkRequest::Mode::none);
  EXPECT_EQ(again.namespaces.at(NamespaceKind::net).target, "/proc/1/ns/net");
  EXPECT_EQ(again.share, (std::set<NamespaceKind>{NamespaceKind::net, NamespaceKind::pid}));
  EXPECT_EQ(again.resources.cpus, 1.5);
  EXPECT_EQ(again.resources.pidsLimit, 0) << "0 is said, absent is not";
  EXPECT_EQ(again.mounts.at(0).options, (std::vector<std::string>{"ro", "z"}));
  EXPECT_EQ(again.uid, "11-22");
  EXPECT_EQ(again.qosClass, "Burstable");
  EXPECT_FALSE(again.infra);
  EXPECT_FALSE(again.shareParent);
  // One key for each member set above.
  EXPECT_EQ(first.size(), 18U);
  EXPECT_EQ(first["network"].size(), 12U);
  EXPECT_EQ(first["resources"].size(), 10U);
}

TEST(PodSpecs, OlderRowsKeepTheDefaults) {
  const auto spec = parseJson(R"({"name": "old", "later": {"unknown": 1}})", "pod").get<PodSpec>();
  EXPECT_EQ(spec.name, "old");
  EXPECT_TRUE(spec.infra);
  EXPECT_TRUE(spec.shareParent);
  EXPECT_EQ(spec.shmSize, 64 << 20);
  EXPECT_EQ(spec.exitPolicy, "continue");
  EXPECT_FALSE(spec.resources.memory);
}

ContainerSpec fullContainer() {
  ContainerSpec spec;
  spec.name = "c";
  spec.pod = "p";
  spec.image = "busybox";
  spec.entrypoint = {{"sh", "-c"}};
  spec.command = {"true"};
  spec.env = {"A=b"};
  spec.workdir = "/w";
  spec.user = "1:2";
  spec.hostname = "h";
  spec.umask = "0077";
  spec.groups = {"audio"};
  spec.labels = {{"l", "1"}};
  spec.annotations = {{"n", "1"}};
  spec.tty = spec.stdinOpen = spec.init = spec.remove = true;
  spec.initPath = "/usr/bin/init";
  spec.privileged = spec.readOnly = spec.noNewPrivileges = true;
  spec.capAdd = {"NET_ADMIN"};
  spec.capDrop = {"ALL"};
  spec.maskPaths = {"/proc/x"};
  spec.unmaskPaths = {"ALL"};
  spec.seccompProfile = "unconfined";
  spec.namespaces = {{NamespaceKind::ipc, {NamespaceMode::Source::container, "other"}}};
  spec.network.ip = "10.0.0.3";
  spec.resources.memory = 1;
  spec.cgroupParent = "/x";
  spec.cgroups = "disabled";
  spec.shmSize = 2;
  spec.noShm = true;
  spec.sysctls = {{"a", "b"}};
  spec.mounts = {{"tmpfs", "", "/t", {}}};
  spec.devices = {"/dev/null"};
  spec.ulimits = {{"nofile", 10, -1}};
  spec.oomScoreAdj = -5;
  spec.stopSignal = "SIGINT";
  spec.stopTimeout = 3;
  spec.restart = {"always", 0};
  spec.logDriver = "none";
  spec.logPath = "/l";
  spec.logMaxSize = 10;
  spec.pidFile = "/p";
  spec.createCommand = {"peapod", "run"};
  return spec;
}

TEST(ContainerSpecs, KeepEveryMember) {
  const Json first = fullContainer();
  EXPECT_EQ(first.size(), 46U);
  const auto again = parseJson(first.dump(), "container").get<ContainerSpec>();
  EXPECT_EQ(Json(again).dump(2), first.dump(2));
  EXPECT_TRUE(again.tty && again.stdinOpen && again.init && again.remove && again.privileged &&
              again.readOnly && again.noNewPrivileges && again.noShm);
  EXPECT_EQ(again.cgroups, "disabled");
  EXPECT_EQ(again.ulimits.at(0).hard, -1);
  EXPECT_EQ(again.oomScoreAdj, -5);
  EXPECT_EQ(again.logDriver, "none");
}

TEST(ContainerSpecs, AnEmptyEntrypointIsNotAnAbsentOne) {
  ContainerSpec spec;
  EXPECT_FALSE(Json(spec).get<ContainerSpec>().entrypoint);
  spec.entrypoint.emplace();
  const auto again = Json(spec).get<ContainerSpec>();
  ASSERT_TRUE(again.entrypoint);
  EXPECT_TRUE(again.entrypoint->empty());
}

TEST(ContainerSpecs, AnEmptyLogDriverIsNotTheDefault) {
  ContainerSpec spec;
  spec.logDriver.clear();
  EXPECT_EQ(Json(spec).get<ContainerSpec>().logDriver, "");
  EXPECT_EQ(Json::object().get<ContainerSpec>().logDriver, "k8s-file");
}

TEST(Specs, ErrorsNameTheMember) {
  const auto read = [](const char* text) {
    return errorOf([&] { parseJson(text, "pod").get<PodSpec>(); });
  };
  EXPECT_EQ(read(R"({"network": {"ports": [{"hostPort": 70000}]}})"),
            "\"network\": \"ports\": \"hostPort\": a whole number from 0 to 65535 is expected, not "
            "70000");
  EXPECT_EQ(read(R"({"shmSize": 1.5})").find("\"shmSize\": a whole number"), 0U);
  EXPECT_EQ(read(R"({"infra": 1})"), "\"infra\": type must be boolean, but is number");
  EXPECT_EQ(read(R"({"mounts": {}})"), "\"mounts\": an array is expected, not object");
  EXPECT_EQ(read(R"({"share": ["mnt"]})"), "\"share\": unknown namespace \"mnt\"");
  EXPECT_EQ(read("[]"), "an object is expected, not array");
}

}  // namespace
