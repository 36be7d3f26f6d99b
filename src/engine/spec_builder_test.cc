#include "engine/spec_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "base/json.h"
#include "engine/capabilities.h"
#include "engine/resolve.h"
#include "kernel/capability.h"

namespace engine {
namespace {

ContainerSpec command(std::vector<std::string> words) {
  ContainerSpec spec;
  spec.command = std::move(words);
  return spec;
}

oci::RuntimeSpec build(const ContainerSpec& spec, const PodRecord* pod = nullptr) {
  SpecInput input{.spec = spec};
  input.pod = pod;
  input.plan = planNamespaces(spec, pod);
  input.hostname = "box";
  return buildRuntimeSpec(input);
}

const oci::Mount* mountAt(const oci::RuntimeSpec& spec, const std::string& destination) {
  const auto found =
      std::find_if(spec.mounts.begin(), spec.mounts.end(),
                   [&](const oci::Mount& mount) { return mount.destination == destination; });
  return found == spec.mounts.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

TEST(SpecBuilder, TheEnvironmentHasDefaultsUnderTheImagesUnderTheUsers) {
  ContainerSpec spec = command({"sh"});
  oci::ImageConfig image;
  image.config.env = {"PATH=/opt/bin", "A=image"};
  spec.env = {"A=user", "B=2"};
  const auto env = build(resolve(spec, image, nullptr, "/v")).process.env;
  EXPECT_EQ(env, (std::vector<std::string>{"PATH=/opt/bin", "container=peapod", "HOSTNAME=box",
                                           "A=user", "B=2"}));
}

TEST(SpecBuilder, ATerminalHasATerm) {
  ContainerSpec spec = command({"sh"});
  EXPECT_FALSE(contains(build(spec).process.env, "TERM=xterm"));
  spec.tty = true;
  EXPECT_TRUE(contains(build(spec).process.env, "TERM=xterm"));
}

TEST(SpecBuilder, CommandAndEntrypointAsTheFieldHasThem) {
  oci::ImageConfig image;
  image.config.entrypoint = {"entry"};
  image.config.cmd = {"default"};
  const auto args = [&](ContainerSpec spec) {
    return build(resolve(std::move(spec), image, nullptr, "/v")).process.args;
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(args({}), (Words{"entry", "default"}));
  EXPECT_EQ(args(command({"mine"})), (Words{"entry", "mine"}));
  ContainerSpec own = command({"x"});
  own.entrypoint = Words{"other"};
  EXPECT_EQ(args(own), (Words{"other", "x"}));
  own.command.clear();
  EXPECT_EQ(args(own), Words{"other"});
  own.entrypoint = Words{""};
  EXPECT_THROW(args(own), Error);  // nothing is left
}

TEST(SpecBuilder, ResolvingAgainChangesNothing) {
  oci::ImageConfig image;
  image.config.entrypoint = {"entry"};
  image.config.cmd = {"default"};
  image.config.volumes = {"/data/"};
  image.config.labels = {{"a", "1"}};
  const ContainerSpec once = resolve({}, image, nullptr, "/v");
  EXPECT_EQ(Json(resolve(once, image, nullptr, "/v")), Json(once));
  ASSERT_EQ(once.mounts.size(), 1U);
  EXPECT_EQ(once.mounts[0].source, "/v/0");
}

TEST(SpecBuilder, AMountOfTheUsersTakesTheImagesVolumesPlace) {
  oci::ImageConfig image;
  image.config.volumes = {"/data"};
  ContainerSpec spec = command({"sh"});
  spec.mounts = {{"tmpfs", "", "/data/", {}}};
  EXPECT_EQ(resolve(spec, image, nullptr, "/v").mounts.size(), 1U);
}

TEST(SpecBuilder, RootHasTheDefaultCapabilities) {
  const oci::Capabilities sets = *build(command({"sh"})).process.capabilities;
  EXPECT_EQ(sets.bounding.size(), 11U);
  EXPECT_EQ(sets.effective, sets.bounding);
  EXPECT_TRUE(sets.ambient.empty());
  EXPECT_TRUE(sets.inheritable.empty());
  EXPECT_FALSE(contains(sets.bounding, "CAP_NET_RAW"));
}

TEST(SpecBuilder, AnotherUserHasWhatWasAddedAndNoMore) {
  ContainerSpec spec = command({"sh"});
  spec.user = "daemon";
  spec.capAdd = {"net_raw"};
  const oci::Capabilities sets = *build(spec).process.capabilities;
  EXPECT_EQ(sets.ambient, std::vector<std::string>{"CAP_NET_RAW"});
  EXPECT_EQ(sets.permitted, sets.ambient);
  EXPECT_EQ(sets.bounding.size(), 12U);
}

TEST(SpecBuilder, CapabilitiesAreAddedAndDropped) {
  const auto bounding = [](const std::vector<std::string>& add,
                           const std::vector<std::string>& drop) {
    return boundingCapabilities(false, add, drop);
  };
  EXPECT_EQ(bounding({}, {"all"}).size(), 0U);
  EXPECT_EQ(bounding({"CAP_KILL"}, {"ALL"}), std::vector<std::string>{"CAP_KILL"});
  EXPECT_FALSE(contains(bounding({}, {"chown"}), "CAP_CHOWN"));
  EXPECT_EQ(bounding({"all"}, {}), capabilityNames(currentCapabilities().permitted));
  EXPECT_THROW(bounding({"FOO"}, {}), Error);
  EXPECT_THROW(bounding({"KILL"}, {"KILL"}), Error);
}

TEST(SpecBuilder, RootIsRootUnderEachOfItsNames) {
  for (const char* root : {"", "root", "0", "0:0", "root:wheel", "00"}) {
    EXPECT_TRUE(isRoot(root)) << root;
  }
  for (const char* other : {"1000", "daemon", "0x", "rooter"}) {
    EXPECT_FALSE(isRoot(other)) << other;
  }
}

TEST(SpecBuilder, TheStandardMountsComeFirstAndTheUsersReplaceThem) {
  ContainerSpec spec = command({"sh"});
  spec.mounts = {{"bind", "/tmp", "/a/b", {"ro"}},
                 {"bind", "/tmp", "/a", {"z"}},
                 {"tmpfs", "", "/dev/shm", {"size=1m"}}};
  const oci::RuntimeSpec built = build(spec);
  EXPECT_EQ(built.mounts.front().destination, "/proc");
  const oci::Mount* shm = mountAt(built, "/dev/shm");
  ASSERT_NE(shm, nullptr);
  EXPECT_TRUE(contains(shm->options, "size=1m"));
  const oci::Mount* outer = mountAt(built, "/a");
  EXPECT_LT(outer, mountAt(built, "/a/b"));  // what is mounted over comes first
  EXPECT_EQ(outer->options, (std::vector<std::string>{"rbind", "rprivate"}));
}

TEST(SpecBuilder, ShmGoesWithTheIpcNamespace) {
  ContainerSpec spec = command({"sh"});
  EXPECT_EQ(mountAt(build(spec), "/dev/shm")->type, "tmpfs");
  spec.noShm = true;
  EXPECT_EQ(mountAt(build(spec), "/dev/shm"), nullptr);
  spec.noShm = false;
  spec.namespaces[NamespaceKind::ipc] = {NamespaceMode::Source::host, ""};
  EXPECT_EQ(mountAt(build(spec), "/dev/shm")->type, "bind");
  PodRecord pod;
  pod.spec.share = {NamespaceKind::ipc};
  EXPECT_EQ(mountAt(build(command({"sh"}), &pod), "/dev/shm"), nullptr);
}

TEST(SpecBuilder, ThePodsMountsAreEachMembers) {
  PodRecord pod;
  pod.spec.mounts = {{"bind", "/tmp", "/shared", {}}};
  ASSERT_NE(mountAt(build(command({"sh"}), &pod), "/shared"), nullptr);
}

TEST(SpecBuilder, AReadOnlyRootHasScratchDirectories) {
  ContainerSpec spec = command({"sh"});
  spec.readOnly = true;
  const oci::RuntimeSpec built = build(spec);
  EXPECT_TRUE(built.root.readonly);
  EXPECT_EQ(mountAt(built, "/tmp")->type, "tmpfs");
}

TEST(SpecBuilder, KernelFilesAreHiddenUnlessPrivilegedOrUnmasked) {
  ContainerSpec spec = command({"sh"});
  EXPECT_TRUE(contains(build(spec).linux_.maskedPaths, "/proc/kcore"));
  EXPECT_TRUE(contains(build(spec).linux_.readonlyPaths, "/proc/sys"));
  spec.unmaskPaths = {"/proc/kcore:/proc/sys"};
  EXPECT_FALSE(contains(build(spec).linux_.maskedPaths, "/proc/kcore"));
  EXPECT_FALSE(contains(build(spec).linux_.readonlyPaths, "/proc/sys"));
  spec.unmaskPaths = {"ALL"};
  EXPECT_TRUE(build(spec).linux_.maskedPaths.empty());
  spec.maskPaths = {"/secret"};
  EXPECT_EQ(build(spec).linux_.maskedPaths, std::vector<std::string>{"/secret"});
  spec.unmaskPaths = {};
  spec.privileged = true;
  EXPECT_TRUE(build(spec).linux_.readonlyPaths.empty());
}

TEST(SpecBuilder, OnlyNamespacedSysctlsOfTheContainersOwn) {
  const std::set<NamespaceKind> both{NamespaceKind::net, NamespaceKind::ipc};
  EXPECT_NO_THROW(checkSysctls({{"net.core.somaxconn", "1"}, {"kernel.shmmax", "1"}}, both));
  EXPECT_THROW(checkSysctls({{"vm.swappiness", "1"}}, both), Error);
  EXPECT_THROW(checkSysctls({{"net.core.somaxconn", "1"}}, {NamespaceKind::ipc}), Error);
  EXPECT_THROW(checkSysctls({{"net.../../kernel/core_pattern", "1"}}, both), Error);
}

TEST(SpecBuilder, PingIsAllowedInANetworkOfItsOwn) {
  EXPECT_TRUE(build(command({"sh"})).linux_.sysctl.contains("net.ipv4.ping_group_range"));
  PodRecord pod;
  pod.spec.share = {NamespaceKind::net};
  EXPECT_FALSE(build(command({"sh"}), &pod).linux_.sysctl.contains("net.ipv4.ping_group_range"));
}

TEST(SpecBuilder, Devices) {
  const std::vector<oci::Device> devices = devicesOf("/dev/null:/dev/nothing:rw");
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0].path, "/dev/nothing");
  EXPECT_EQ(devices[0].major, 1);
  EXPECT_EQ(devices[0].minor, 3);
  EXPECT_EQ(devicesOf("/dev/null:rwm")[0].path, "/dev/null");
  for (const char* bad : {"/dev/nope", "/etc/passwd", "", "/dev/null:/x:q", "/dev/null:rel"}) {
    EXPECT_THROW(devicesOf(bad), Error) << bad;
  }
}

TEST(SpecBuilder, Ulimits) {
  const oci::Rlimit limit = rlimitOf({"nofile", 100, -1});
  EXPECT_EQ(limit.type, "RLIMIT_NOFILE");
  EXPECT_EQ(limit.hard, ~0ULL);
  EXPECT_THROW(rlimitOf({"foo", 1, 1}), Error);
  EXPECT_THROW(rlimitOf({"nofile", 2, 1}), Error);
}

TEST(SpecBuilder, WrongUserInputIsFoundByBuilding) {
  const auto refused = [](const std::function<void(ContainerSpec&)>& set) {
    ContainerSpec spec = command({"sh"});
    set(spec);
    try {
      build(spec);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::invalid;
    }
    return false;
  };
  EXPECT_TRUE(refused([](ContainerSpec& spec) { spec.workdir = "rel"; }));
  EXPECT_TRUE(refused([](ContainerSpec& spec) { spec.umask = "9"; }));
  EXPECT_TRUE(refused([](ContainerSpec& spec) { spec.env = {"=x"}; }));
  EXPECT_TRUE(refused([](ContainerSpec& spec) { spec.devices = {"/dev/nope"}; }));
  EXPECT_TRUE(refused([](ContainerSpec& spec) { spec.maskPaths = {"rel"}; }));
  ContainerSpec spec;
  spec.stopSignal = "FOO";
  EXPECT_THROW(stopSignalOf(spec), Error);
  spec.stopSignal = "SIGQUIT";
  EXPECT_EQ(stopSignalOf(spec), SIGQUIT);
}

TEST(SpecBuilder, MountsThatCannotWork) {
  EXPECT_THROW(checkMount({"bind", "/tmp", "rel", {}}), Error);
  EXPECT_THROW(checkMount({"bind", "/tmp", "/x/..", {}}), Error);
  EXPECT_THROW(checkMount({"bind", "name", "/x", {}}), Error);
  EXPECT_THROW(checkMount({"bind", "/nonexistent", "/x", {}}), Error);
  EXPECT_THROW(checkMount({"bind", "/tmp", "/x", {"U"}}), Error);
  EXPECT_THROW(checkMount({"nfs", "/tmp", "/x", {}}), Error);
  EXPECT_NO_THROW(checkMount({"bind", "/tmp", "/x", {"ro", "Z"}}));
}

}  // namespace
}  // namespace engine
