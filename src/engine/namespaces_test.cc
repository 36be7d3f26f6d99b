#include "engine/namespaces.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

using Source = NamespaceMode::Source;

PodRecord podSharing(std::set<NamespaceKind> kinds) {
  PodRecord pod;
  pod.row.id = "p0";
  pod.row.name = "web";
  pod.spec.share = std::move(kinds);
  return pod;
}

std::map<std::string, std::string> byType(const NamespacePlan& plan) {
  std::map<std::string, std::string> paths;
  for (const oci::LinuxNamespace& entry : plan.specified) {
    paths[entry.type] = entry.path;
  }
  return paths;
}

ErrorKind kindOf(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

TEST(Namespaces, EachKindIsThePodsExactlyWhereThePodSharesIt) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    std::set<NamespaceKind> shared;
    for (const NamespaceTraits& entry : namespaceTable) {
      if ((bits & (1U << static_cast<unsigned>(entry.kind))) != 0) {
        shared.insert(entry.kind);
      }
    }
    const PodRecord pod = podSharing(shared);
    const NamespacePlan plan = planNamespaces({}, &pod);
    EXPECT_EQ(plan.fromSandbox, shared) << bits;
    for (const NamespaceTraits& entry : namespaceTable) {
      EXPECT_NE(plan.fresh.contains(entry.kind), shared.contains(entry.kind)) << bits;
      const bool inSpec = byType(plan).contains(std::string(entry.ociType));
      const bool byRuntime = !shared.contains(entry.kind) && entry.kind != NamespaceKind::net;
      EXPECT_EQ(inSpec, byRuntime) << bits << " " << entry.name;
    }
    EXPECT_TRUE(byType(plan).contains("mount"));
    EXPECT_EQ(plan.sandboxShm, shared.contains(NamespaceKind::ipc));
  }
}

TEST(Namespaces, ASingleContainersNetworkIsItsKeepers) {
  const NamespacePlan plan = planNamespaces({}, nullptr);
  EXPECT_EQ(plan.fromSandbox, std::set{NamespaceKind::net});
  EXPECT_FALSE(byType(plan).contains("network"));
}

TEST(Namespaces, AContainersNamespacesAreLeftToTheKeeper) {
  ContainerSpec spec;
  for (const NamespaceTraits& entry : namespaceTable) {
    spec.namespaces[entry.kind] = {Source::container, "c1"};
  }
  const NamespacePlan plan = planNamespaces(spec, nullptr);
  EXPECT_EQ(byType(plan).size(), 1U) << "mount";
  for (const NamespaceTraits& entry : namespaceTable) {
    EXPECT_EQ(plan.joined.at(entry.kind), "c1") << entry.name;
  }
  EXPECT_EQ(plan.shmOf, "c1");
  EXPECT_TRUE(plan.fresh.empty());
  EXPECT_EQ(joinedContainers(spec.namespaces), std::set<std::string>{"c1"});
}

TEST(Namespaces, TheHostsAreNotNamed) {
  ContainerSpec spec;
  spec.namespaces[NamespaceKind::pid] = {Source::host, ""};
  spec.namespaces[NamespaceKind::ipc] = {Source::host, ""};
  const NamespacePlan plan = planNamespaces(spec, nullptr);
  EXPECT_FALSE(byType(plan).contains("pid"));
  EXPECT_FALSE(plan.fromSandbox.contains(NamespaceKind::pid));
  EXPECT_TRUE(plan.hostShm);
}

TEST(Namespaces, APodsNamespaceThatIsTheHostsIsItsMembersHost) {
  PodRecord pod = podSharing({NamespaceKind::net, NamespaceKind::ipc});
  pod.spec.namespaces[NamespaceKind::ipc] = {Source::host, ""};
  const NamespacePlan plan = planNamespaces({}, &pod);
  EXPECT_EQ(plan.fromSandbox, std::set{NamespaceKind::net});
  EXPECT_TRUE(plan.hostShm);
  EXPECT_FALSE(plan.sandboxShm);
}

TEST(Namespaces, APodMayJoinAContainerAndItsMembersTakeThatOnesShm) {
  PodRecord pod = podSharing({NamespaceKind::ipc});
  pod.spec.namespaces[NamespaceKind::ipc] = {Source::container, "c1"};
  keeper::SandboxConfig config;
  planPodNamespaces(pod.spec, config);
  EXPECT_EQ(config.joined.at(NamespaceKind::ipc).id, "c1");
  EXPECT_TRUE(config.newNamespaces.empty());
  const NamespacePlan plan = planNamespaces({}, &pod);
  EXPECT_EQ(plan.shmOf, "c1");
  EXPECT_FALSE(plan.sandboxShm);
}

TEST(Namespaces, APodWithoutInfraSharesNothing) {
  PodRecord pod = podSharing({NamespaceKind::ipc});
  pod.spec.infra = false;
  EXPECT_TRUE(planNamespaces({}, &pod).fromSandbox.empty());
}

TEST(Namespaces, AMemberMustNotLeaveThePodsNetworkSilently) {
  const PodRecord pod = podSharing({NamespaceKind::net});
  ContainerSpec spec;
  spec.namespaces[NamespaceKind::net] = {Source::host, ""};
  EXPECT_EQ(kindOf([&] { checkModes(spec, &pod); }), ErrorKind::invalid);
  spec.namespaces[NamespaceKind::net] = {Source::pod, ""};
  EXPECT_NO_THROW(checkModes(spec, &pod));
}

TEST(Namespaces, ModePodNeedsAPodThatShares) {
  ContainerSpec spec;
  spec.namespaces[NamespaceKind::pid] = {Source::pod, ""};
  EXPECT_EQ(kindOf([&] { checkModes(spec, nullptr); }), ErrorKind::invalid);
  const PodRecord pod = podSharing({NamespaceKind::net});
  EXPECT_EQ(kindOf([&] { checkModes(spec, &pod); }), ErrorKind::invalid);
}

TEST(Namespaces, APathMustBeThere) {
  ContainerSpec spec;
  spec.namespaces[NamespaceKind::uts] = {Source::path, "/nonexistent/ns"};
  EXPECT_EQ(kindOf([&] { checkModes(spec, nullptr); }), ErrorKind::not_found);
  spec.namespaces[NamespaceKind::uts] = {Source::path, "/proc/self/ns/uts"};
  EXPECT_NO_THROW(checkModes(spec, nullptr));
}

TEST(Namespaces, APodsSourceNeedsTheKindToBeShared) {
  PodSpec spec;
  spec.share = {NamespaceKind::net};
  spec.namespaces[NamespaceKind::pid] = {Source::host, ""};
  EXPECT_EQ(kindOf([&] { checkModes(spec); }), ErrorKind::invalid);
}

}  // namespace
}  // namespace engine
