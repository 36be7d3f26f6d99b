#include "cli/pod_options.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

using Words = std::vector<std::string>;
using Source = NamespaceMode::Source;
using enum NamespaceKind;

PodSpec podSpec(const Words& line) {
  Options options("pod create", "[NAME]");
  PodOptions pod(options);
  const auto arguments = options.parse(line, Options::Order::anywhere);
  return pod.spec(arguments, {});
}

std::string podRefusal(const Words& line) {
  try {
    podSpec(line);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(PodOptions, TheNameIsAnOptionOrTheArgument) {
  EXPECT_EQ(podSpec({"--name", "web"}).name, "web");
  EXPECT_EQ(podSpec({"--cpus=4", "--memory=6g", "web"}).name, "web");
  EXPECT_EQ(podSpec({"--name", "web", "web"}).name, "web");
  EXPECT_NE(podRefusal({"--name", "web", "db"}), "");
}

TEST(PodOptions, TheBudget) {
  const auto resources = podSpec({"--cpus=4", "--memory=6g", "mypod"}).resources;
  EXPECT_EQ(resources.cpus, 4.0);
  EXPECT_EQ(resources.memory, 6LL << 30);
}

TEST(PodOptions, Sharing) {
  EXPECT_EQ(podSpec({}).share, (std::set{net, ipc, uts}));
  EXPECT_EQ(podSpec({"--share", "net", "--share", "pid"}).share, (std::set{net, pid}));
  const auto none = podSpec({"--share", "none"});
  EXPECT_TRUE(none.share.empty());
  EXPECT_FALSE(none.infra);
  EXPECT_TRUE(podSpec({"--share=", "--infra=true"}).infra);
  EXPECT_NE(podRefusal({"--share", "user"}).find("unknown namespace \"user\""), std::string::npos);
}

TEST(PodOptions, WithoutPauseNothingIsShared) {
  EXPECT_TRUE(podSpec({"--infra=false"}).share.empty());
  EXPECT_NE(podRefusal({"--infra=false", "--share=net"}), "");
  EXPECT_NE(podRefusal({"--infra=false", "-p", "80:80"}), "");
}

TEST(PodOptions, NamespacesComeFromElsewhereOnlyWhereShared) {
  auto modes = podSpec({"--network=host", "--share=+pid", "--pid=host"}).namespaces;
  EXPECT_EQ(modes[net].source, Source::host);
  EXPECT_EQ(modes[pid].source, Source::host);
  EXPECT_EQ(podRefusal({"--pid=host"}), "option --pid needs pid in --share");
  EXPECT_NE(podRefusal({"--share=ipc", "-p", "80:80"}), "");
}

TEST(PodOptions, NetworkAndPolicies) {
  const auto spec =
      podSpec({"-p", "8080:80", "--hostname=h", "--exit-policy=stop", "--restart=always",
               "--share-parent=false", "--shm-size=1m", "--label", "a=b", "--sysctl", "net.x=1"});
  EXPECT_EQ(spec.network.ports.size(), 1U);
  EXPECT_EQ(spec.hostname, "h");
  EXPECT_EQ(spec.exitPolicy, "stop");
  EXPECT_EQ(spec.restart.name, "always");
  EXPECT_FALSE(spec.shareParent);
  EXPECT_EQ(spec.shmSize, 1 << 20);
  EXPECT_EQ(spec.labels, (StringMap{{"a", "b"}}));
  EXPECT_NE(podRefusal({"--exit-policy=go"}), "");
  EXPECT_NE(podRefusal({"--infra-image=x"}).find("not supported yet"), std::string::npos);
}

}  // namespace
}  // namespace cli
