#include "engine/cgroup_tree.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/test_dir.h"
#include "engine/containers_conf.h"

namespace engine {
namespace {

TEST(CgroupTree, SlicesAreNestedByTheirNames) {
  PodSpec pod;
  pod.cgroupManager = "systemd";
  EXPECT_EQ(podCgroup("p", pod), "/machine.slice/peapod-p.scope/pod-p");
  pod.cgroupParent = "a-b.slice";
  EXPECT_EQ(podCgroup("p", pod), "/a.slice/a-b.slice/peapod-p.scope/pod-p");
  for (const char* bad :
       {"-a.slice", "a-.slice", "a--b.slice", ".slice", "a/b.slice", "a b.slice"}) {
    EXPECT_THROW(cgroupParent(bad), Error) << bad;
  }
}

TEST(CgroupTree, ContainersOfAPodAreInItsScope) {
  PodSpec pod;
  pod.cgroupManager = "systemd";
  ContainerSpec container;
  container.cgroupManager = "systemd";
  EXPECT_EQ(containerCgroup("c", container, "p", &pod),
            "/machine.slice/peapod-p.scope/pod-p/ctr-c");
  EXPECT_EQ(containerCgroup("c", container, "", nullptr), "/machine.slice/peapod-c.scope/ctr-c");
  pod.shareParent = false;
  EXPECT_EQ(containerCgroup("c", container, "p", &pod), "/machine.slice/peapod-p.scope/ctr-c");
}

TEST(CgroupTree, KubernetesPodsAreWhereAKubeletHasThem) {
  PodSpec pod;
  pod.uid = "1-2";
  pod.qosClass = "Burstable";
  pod.cgroupManager = "cgroupfs";
  EXPECT_EQ(podCgroup("p", pod), "/kubepods/burstable/pod1-2");
  EXPECT_EQ(containerCgroup("c", {}, "p", &pod), "/kubepods/burstable/pod1-2/c");
  EXPECT_EQ(cgroupParent(pod), "/kubepods/burstable");
  keeper::SandboxConfig config;
  placeKeeper(config, pod);
  EXPECT_EQ(config.sharedLevels, (std::vector<std::string>{"/kubepods/burstable", "/kubepods"}));
  pod.cgroupParent = "/mine";
  EXPECT_EQ(podCgroup("p", pod), "/mine/kubepods/burstable/pod1-2");
  pod.qosClass = "Guaranteed";
  EXPECT_EQ(podCgroup("p", pod), "/mine/kubepods/pod1-2");
  pod.cgroupManager = "systemd";
  pod.cgroupParent = "mine.slice";
  EXPECT_EQ(podCgroup("p", pod),
            "/mine.slice/mine-kubepods.slice/mine-kubepods-pod1_2.slice/peapod-p.scope/pod1-2");
  pod.cgroupParent.clear();
  pod.qosClass = "BestEffort";
  config.id = "p";
  placeKeeper(config, pod);
  EXPECT_EQ(config.scopeSlice, "kubepods-besteffort-pod1_2.slice");
  EXPECT_EQ(config.sharedLevels.back(), "kubepods.slice");
  EXPECT_EQ(containerCgroup("c", {}, "p", &pod),
            "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/"
            "peapod-p.scope/pod1-2/c");
}

TEST(CgroupTree, ACgroupParentStaysBelowTheRoot) {
  EXPECT_EQ(cgroupParent(""), "/peapod");
  EXPECT_EQ(cgroupParent("mine/below/"), "/mine/below");
  EXPECT_EQ(cgroupParent("//mine"), "/mine");
  for (const char* bad : {"/", "../x", "a/../b", "a/.", "x\ny"}) {
    EXPECT_THROW(cgroupParent(bad), Error) << bad;
  }
}

TEST(CgroupTree, AContainersCgroupIsBelowItsPods) {
  PodSpec pod;
  ContainerSpec container;
  EXPECT_EQ(containerCgroup("c", container, "p", &pod), "/peapod/pod-p/ctr-c");
  EXPECT_EQ(containerCgroup("c", container, "", nullptr), "/peapod/ctr-c");
  pod.shareParent = false;
  container.cgroupParent = "/mine";
  EXPECT_EQ(containerCgroup("c", container, "p", &pod), "/mine/ctr-c");
  container.cgroups = "disabled";
  EXPECT_EQ(containerCgroup("c", container, "p", &pod), "");
}

TEST(CgroupTree, KeepersPlace) {
  keeper::SandboxConfig config;
  config.id = "i";
  ContainerSpec container;
  placeKeeper(config, container);
  EXPECT_EQ(config.keeperCgroup, "/peapod/keeper");
  EXPECT_EQ(config.scopeUnit, "");
  container.cgroups = "no-conmon";
  placeKeeper(config, container);
  EXPECT_EQ(config.keeperCgroup, "");
  PodSpec pod;
  pod.cgroupManager = "systemd";
  placeKeeper(config, pod);
  EXPECT_EQ(config.keeperCgroup, "/machine.slice/peapod-i.scope/keeper");
  EXPECT_EQ(config.scopeUnit, "peapod-i.scope");
  EXPECT_EQ(config.scopeSlice, "machine.slice");
}

TEST(CgroupTree, ManagerFollowsOptionThenParentThenConfigurationThenMachine) {
  const ManagerFacts plain, booted{.systemd = true};
  EXPECT_EQ(cgroupManager(plain, ""), "cgroupfs");
  EXPECT_EQ(cgroupManager(booted, ""), "systemd");
  EXPECT_EQ(cgroupManager(booted, "/by-hand"), "cgroupfs");
  EXPECT_EQ(cgroupManager(booted, "a.slice"), "systemd");
  EXPECT_EQ(cgroupManager({.configured = "cgroupfs", .systemd = true}, ""), "cgroupfs");
  EXPECT_EQ(cgroupManager({.configured = "systemd"}, ""), "cgroupfs");
  EXPECT_EQ(cgroupManager({.asked = "cgroupfs", .systemd = true}, ""), "cgroupfs");
  EXPECT_THROW(cgroupManager(plain, "a.slice"), Error);
  EXPECT_THROW(cgroupManager({.asked = "systemd"}, ""), Error);
  EXPECT_THROW(cgroupManager({.asked = "cgroupfs", .systemd = true}, "a.slice"), Error);
  EXPECT_THROW(cgroupManager({.asked = "systemd", .systemd = true}, "/by-hand"), Error);
}

TEST(ContainersConf, TheOverrideGoesOverTheFile) {
  const TestDir directory;
  const auto write = [&](const char* name, const char* text) {
    const Path path = directory.path() / name;
    std::ofstream(path) << text;
    return path.native();
  };
  setenv("CONTAINERS_CONF", write("a", "[engine]\ncgroup_manager = \"systemd\"\n").c_str(), 1);
  EXPECT_EQ(containersConf("engine", "cgroup_manager"), "systemd");
  EXPECT_FALSE(containersConf("containers", "cgroup_manager"));
  setenv("CONTAINERS_CONF_OVERRIDE", write("b", "[engine]\ncgroup_manager='cgroupfs'").c_str(), 1);
  EXPECT_EQ(containersConf("engine", "cgroup_manager"), "cgroupfs");
  setenv("CONTAINERS_CONF", write("c", "cgroup_manager = = 1").c_str(), 1);
  EXPECT_THROW(containersConf("engine", "cgroup_manager"), Error);
  setenv("CONTAINERS_CONF", write("d", "# cgroup_manager = 1\n \t#cgroup_manager\n").c_str(), 1);
  EXPECT_EQ(containersConf("engine", "cgroup_manager"), "cgroupfs") << "of the override";
  unsetenv("CONTAINERS_CONF_OVERRIDE");
  EXPECT_FALSE(containersConf("engine", "cgroup_manager"));
  unsetenv("CONTAINERS_CONF");
}

}  // namespace
}  // namespace engine
