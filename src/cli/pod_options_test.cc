#include "cli/pod_options.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

using Words = std::vector<std::string>;
using Source = NamespaceMode::Source;
using enum NamespaceKind;

PodSpec parsed(const Words& line) {
  Options options("pod create", "[NAME]");
  PodOptions pod(options);
  const auto arguments = options.parse(line, Options::Order::anywhere);
  return pod.spec(arguments, {});
}

std::string refusal(const Words& line) {
  try {
    parsed(line);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(PodOptions, TheNameIsAnOptionOrTheArgument) {
  EXPECT_EQ(parsed({"--name", "web"}).name, "web");
  EXPECT_EQ(parsed({"--cpus=4", "--memory=6g", "web"}).name, "web");
  EXPECT_EQ(parsed({"--name", "web", "web"}).name, "web");
  EXPECT_NE(refusal({"--name", "web", "db"}), "");
}

TEST(PodOptions, TheBudget) {
  const auto resources = parsed({"--cpus=4", "--memory=6g", "mypod"}).resources;
  EXPECT_EQ(resources.cpus, 4.0);
  EXPECT_EQ(resources.memory, 6LL << 30);
}

TEST(PodOptions, Sharing) {
  EXPECT_EQ(parsed({}).share, (std::set{net, ipc, uts}));
  EXPECT_EQ(parsed({"--share", "net", "--share", "pid"}).share, (std::set{net, pid}));
  const auto none = parsed({"--share", "none"});
  EXPECT_TRUE(none.share.empty());
  EXPECT_FALSE(none.infra);
  EXPECT_TRUE(parsed({"--share=", "--infra=true"}).infra);
  EXPECT_NE(refusal({"--share", "user"}).find("unknown namespace \"user\""), std::string::npos);
}

TEST(PodOptions, WithoutPauseNothingIsShared) {
  EXPECT_TRUE(parsed({"--infra=false"}).share.empty());
  EXPECT_NE(refusal({"--infra=false", "--share=net"}), "");
  EXPECT_NE(refusal({"--infra=false", "-p", "80:80"}), "");
}

TEST(PodOptions, NamespacesComeFromElsewhereOnlyWhereShared) {
  auto modes = parsed({"--network=host", "--share=+pid", "--pid=host"}).namespaces;
  EXPECT_EQ(modes[net].source, Source::host);
  EXPECT_EQ(modes[pid].source, Source::host);
  EXPECT_EQ(refusal({"--pid=host"}), "option --pid needs pid in --share");
  EXPECT_NE(refusal({"--share=ipc", "-p", "80:80"}), "");
}

TEST(PodOptions, NetworkAndPolicies) {
  const auto spec =
      parsed({"-p", "8080:80", "--hostname=h", "--exit-policy=stop", "--restart=always",
              "--share-parent=false", "--shm-size=1m", "--label", "a=b", "--sysctl", "net.x=1"});
  EXPECT_EQ(spec.network.ports.size(), 1U);
  EXPECT_EQ(spec.hostname, "h");
  EXPECT_EQ(spec.exitPolicy, "stop");
  EXPECT_EQ(spec.restart.name, "always");
  EXPECT_FALSE(spec.shareParent);
  EXPECT_EQ(spec.shmSize, 1 << 20);
  EXPECT_EQ(spec.labels, (StringMap{{"a", "b"}}));
  EXPECT_NE(refusal({"--exit-policy=go"}), "");
  EXPECT_NE(refusal({"--infra-image=x"}).find("not supported yet"), std::string::npos);
}

}  // namespace
}  // namespace cli
