#include "engine/check.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

using Source = NamespaceMode::Source;

PodSpec webPod() {
  PodSpec spec;
  spec.name = "web";
  spec.share = {NamespaceKind::net, NamespaceKind::ipc, NamespaceKind::uts};
  return spec;
}

PodRecord record(PodSpec spec) {
  PodRecord pod;
  pod.row.id = "p0";
  pod.row.name = spec.name;
  pod.spec = std::move(spec);
  return pod;
}

bool podRefused(const std::function<void(PodSpec&)>& set) {
  PodSpec spec = webPod();
  set(spec);
  try {
    checkPod(spec);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::invalid;
  }
  return false;
}

/// The text of what is said against it; empty where nothing is.
std::string refusal(const std::function<void(ContainerSpec&)>& set,
                    const PodRecord* pod = nullptr) {
  ContainerSpec spec;
  spec.name = "c";
  set(spec);
  try {
    checkContainer(spec, pod);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

PortMapping web() {
  return {"", 8080, 80, 1, "tcp"};
}

TEST(Check, APodThatMakesSense) {
  EXPECT_NO_THROW(checkPod(webPod()));
  EXPECT_FALSE(podRefused([](PodSpec& spec) { spec.network.ports = {web()}; }));
}

TEST(Check, APodThatDoesNot) {
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.name = "!"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.hostname = "a b"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.hostname = std::string(65, 'a'); }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.exitPolicy = "foo"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.restart.name = "foo"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.resources.memory = 1; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.cgroupParent = "../x"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.network.ip = "1.2.3"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.network.mac = "02:00:00:00:00"; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.network.addHosts = {"a"}; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.network.dnsServers = {"a"}; }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) { spec.sysctls = {{"vm.swappiness", "1"}}; }));
}

TEST(Check, PortsNeedANetworkOfThePodsOwn) {
  EXPECT_TRUE(podRefused([](PodSpec& spec) {
    spec.network.ports = {web()};
    spec.network.mode = NetworkRequest::Mode::none;
  }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) {
    spec.network.ports = {web()};
    spec.share = {NamespaceKind::ipc};
  }));
  EXPECT_TRUE(podRefused([](PodSpec& spec) {
    spec.network.ports = {web()};
    spec.namespaces[NamespaceKind::net] = {Source::host, ""};
  }));
}

TEST(Check, AMemberCannotChangeWhatThePodShares) {
  const PodRecord pod = record(webPod());
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.hostname = "x"; }, &pod), "");
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.network.addHosts = {"a:1.1.1.1"}; }, &pod), "");
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.network.ip = "10.90.0.9"; }, &pod), "");
  EXPECT_NE(refusal(
                [](ContainerSpec& spec) {
                  spec.namespaces[NamespaceKind::net] = {Source::host, ""};
                },
                &pod),
            "");
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.cgroupParent = "/elsewhere"; }, &pod), "");
}

TEST(Check, AMemberMayPublishAPortOfThePod) {
  const PodRecord pod = record(webPod());
  EXPECT_EQ(refusal([](ContainerSpec& spec) { spec.network.ports = {web()}; }, &pod), "");
  PodSpec without = webPod();
  without.network.mode = NetworkRequest::Mode::none;
  const PodRecord none = record(without);
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.network.ports = {web()}; }, &none), "");
}

TEST(Check, AHostnameNeedsAUtsNamespaceOfTheContainersOwn) {
  EXPECT_EQ(refusal([](ContainerSpec& spec) { spec.hostname = "box"; }), "");
  for (const Source source : {Source::host, Source::container}) {
    EXPECT_NE(refusal([&](ContainerSpec& spec) {
                spec.hostname = "box";
                spec.namespaces[NamespaceKind::uts] = {source, "c1"};
              }),
              "");
  }
}

TEST(Check, PortsNeedANetworkOfTheContainersOwn) {
  for (const Source source : {Source::host, Source::container}) {
    EXPECT_NE(refusal([&](ContainerSpec& spec) {
                spec.network.ports = {web()};
                spec.namespaces[NamespaceKind::net] = {source, "c1"};
              }),
              "");
  }
  EXPECT_NE(refusal([](ContainerSpec& spec) {
              spec.network.ports = {web()};
              spec.network.mode = NetworkRequest::Mode::none;
            }),
            "");
}

TEST(Check, SysctlsOfTheHostAreRefused) {
  EXPECT_EQ(refusal([](ContainerSpec& spec) { spec.sysctls = {{"net.core.somaxconn", "1"}}; }), "");
  EXPECT_NE(refusal([](ContainerSpec& spec) {
              spec.sysctls = {{"net.core.somaxconn", "1"}};
              spec.namespaces[NamespaceKind::net] = {Source::host, ""};
            }),
            "");
}

TEST(Check, WhatContradictsItself) {
  EXPECT_NE(refusal([](ContainerSpec& spec) {
              spec.remove = true;
              spec.restart.name = "always";
            }),
            "");
  EXPECT_NE(refusal([](ContainerSpec& spec) {
              spec.init = true;
              spec.namespaces[NamespaceKind::pid] = {NamespaceMode::Source::host, ""};
            }).find("isn't private): --pid is host"),
            std::string::npos);
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.logDriver = "journald"; }), "");
  EXPECT_NE(refusal([](ContainerSpec& spec) { spec.name = "a b"; }), "");
}

}  // namespace
}  // namespace engine
