#include "cli/container_options.h"

#include <gtest/gtest.h>

#include "base/test_dir.h"

namespace cli {
namespace {

using Words = std::vector<std::string>;
using Source = NamespaceMode::Source;

ContainerSpec parsed(const Words& line) {
  Options options("run", "IMAGE");
  ContainerOptions container(options);
  const auto arguments = options.parse(line, Options::Order::beforeArguments);
  return container.spec(arguments, {"peapod", "run"});
}

std::string refusal(const Words& line) {
  try {
    parsed(line);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ContainerOptions, ReadIdentityAndProcess) {
  const auto spec = parsed({"-it",          "--name",
                            "web",          "--hostname=h",
                            "-l",           "a=b",
                            "--rm",         "-e",
                            "A=1",          "-w",
                            "/srv",         "-u",
                            "www:www",      "--group-add",
                            "x,y",          "--umask",
                            "077",          "--stop-signal",
                            "INT",          "--stop-timeout=3",
                            "--annotation", "k=v",
                            "nginx",        "nginx",
                            "-g",           "daemon off;"});
  EXPECT_TRUE(spec.stdinOpen && spec.tty && spec.remove);
  EXPECT_EQ(spec.name, "web");
  EXPECT_EQ(spec.hostname, "h");
  EXPECT_EQ(spec.labels, (StringMap{{"a", "b"}}));
  EXPECT_EQ(spec.annotations, (StringMap{{"k", "v"}}));
  EXPECT_EQ(spec.env, (Words{"A=1"}));
  EXPECT_EQ(spec.workdir, "/srv");
  EXPECT_EQ(spec.user, "www:www");
  EXPECT_EQ(spec.groups, (Words{"x", "y"}));
  EXPECT_EQ(spec.umask, "077");
  EXPECT_EQ(spec.stopSignal, "INT");
  EXPECT_EQ(spec.stopTimeout, 3U);
  EXPECT_EQ(spec.image, "nginx");
  EXPECT_EQ(spec.command, (Words{"nginx", "-g", "daemon off;"}));
  EXPECT_EQ(spec.createCommand, (Words{"peapod", "run"}));
}

TEST(ContainerOptions, EntrypointIsAWordAnArrayOrNothing) {
  EXPECT_FALSE(parsed({"i"}).entrypoint);
  EXPECT_EQ(parsed({"--entrypoint", "/a b", "i"}).entrypoint, (Words{"/a b"}));
  EXPECT_EQ(parsed({"--entrypoint", R"(["/a","-b"])", "i"}).entrypoint, (Words{"/a", "-b"}));
  EXPECT_EQ(parsed({"--entrypoint", R"(["/a",)", "i"}).entrypoint, (Words{R"(["/a",)"}));
  EXPECT_EQ(parsed({"--entrypoint=", "i"}).entrypoint, Words{});
}

TEST(ContainerOptions, NamespacesAreOneMechanism) {
  auto modes = parsed({"--net=host", "--ipc", "container:foo", "--uts", "ns:/run/uts", "--pid",
                       "private", "--cgroupns=host", "i"})
                   .namespaces;
  EXPECT_EQ(modes[NamespaceKind::net].source, Source::host);
  EXPECT_EQ(modes[NamespaceKind::ipc], (NamespaceMode{Source::container, "foo"}));
  EXPECT_EQ(modes[NamespaceKind::uts], (NamespaceMode{Source::path, "/run/uts"}));
  EXPECT_EQ(modes[NamespaceKind::pid].source, Source::own);
  EXPECT_EQ(modes[NamespaceKind::cgroup].source, Source::host);
  EXPECT_TRUE(parsed({"i"}).namespaces.empty());
}

TEST(ContainerOptions, NoneIsAModeOfNetAndIpcAlone) {
  auto spec = parsed({"--network", "none", "--ipc", "none", "i"});
  EXPECT_EQ(spec.network.mode, NetworkRequest::Mode::none);
  EXPECT_EQ(spec.namespaces[NamespaceKind::net].source, Source::own);
  EXPECT_EQ(spec.namespaces[NamespaceKind::ipc].source, Source::own);
  EXPECT_TRUE(spec.noShm);
  EXPECT_FALSE(parsed({"--ipc", "shareable", "i"}).noShm);
  EXPECT_EQ(
      refusal({"--pid", "none", "i"}),
      "option --pid: unknown pid namespace \"none\": it must be private, host, container:NAME "
      "or ns:PATH");
  EXPECT_NE(refusal({"--uts", "bridge", "i"}), "");
}

TEST(ContainerOptions, NetworksOfANameComeLater) {
  EXPECT_NE(refusal({"--network", "blue", "i"}).find("only the default network is supported yet"),
            std::string::npos);
  EXPECT_NE(refusal({"--network", "slirp4netns", "i"}), "");
}

TEST(ContainerOptions, PortsNeedANetworkToPublishFrom) {
  EXPECT_EQ(parsed({"-p", "8080:80,9090:90", "-p", "53:53/udp", "i"}).network.ports.size(), 3U);
  EXPECT_NE(refusal({"--network=host", "-p", "80:80", "i"}), "");
  EXPECT_NE(refusal({"--network=none", "-p", "80:80", "i"}), "");
  EXPECT_NE(refusal({"--network=container:x", "-P", "i"}), "");
  EXPECT_TRUE(parsed({"-P", "i"}).network.publishAll);
}

TEST(ContainerOptions, AddressesAreChecked) {
  const auto network = parsed({"--ip", "10.90.0.7", "--ip6", "fd00::7", "--mac-address",
                               "92:d0:c6:0a:29:33", "--dns", "1.1.1.1,::1", "--dns-search", "a.b",
                               "--add-host", "db:10.0.0.1", "--add-host", "up:host-gateway", "i"})
                           .network;
  EXPECT_EQ(network.ip, "10.90.0.7");
  EXPECT_EQ(network.ip6, "fd00::7");
  EXPECT_EQ(network.dnsServers, (Words{"1.1.1.1", "::1"}));
  EXPECT_EQ(network.addHosts, (Words{"db:10.0.0.1", "up:host-gateway"}));
  for (const char* bad :
       {"--ip=10.90.0", "--ip=fd00::7", "--ip6=1.2.3.4", "--mac-address=92:d0", "--dns=example.org",
        "--add-host=db", "--add-host=:1.2.3.4", "--add-host=db:nowhere"}) {
    EXPECT_NE(refusal({bad, "i"}), "") << bad;
  }
}

TEST(ContainerOptions, SecurityOptions) {
  const auto spec =
      parsed({"--security-opt", "seccomp=unconfined", "--security-opt", "no-new-privileges",
              "--security-opt", "mask=/a:/b", "--security-opt", "unmask=ALL", "--security-opt",
              "apparmor=unconfined", "--security-opt", "label=disable", "--cap-add",
              "net_admin,SYS_TIME", "--cap-drop=ALL", "--privileged", "i"});
  EXPECT_EQ(spec.seccompProfile, "unconfined");
  EXPECT_TRUE(spec.noNewPrivileges && spec.privileged);
  EXPECT_EQ(spec.maskPaths, (Words{"/a", "/b"}));
  EXPECT_EQ(spec.unmaskPaths, (Words{"ALL"}));
  EXPECT_EQ(spec.capAdd, (Words{"net_admin", "SYS_TIME"}));
  EXPECT_EQ(spec.capDrop, (Words{"ALL"}));
  EXPECT_NE(refusal({"--security-opt", "apparmor=mine", "i"}).find("not supported yet"),
            std::string::npos);
  EXPECT_NE(refusal({"--security-opt", "foo=bar", "i"}).find("it must be"), std::string::npos);
  EXPECT_FALSE(parsed({"--security-opt=no-new-privileges:false", "i"}).noNewPrivileges);
}

TEST(ContainerOptions, MountsAreBindsAndTmpfs) {
  const TestDir directory;
  const std::string path = directory.path();
  const auto mounts =
      parsed({"-v", path + ":/a:ro,rslave", "--mount", "type=bind,src=" + path + ",dst=/b,readonly",
              "--tmpfs", "/c:size=1m,exec", "--mount", "type=tmpfs,dst=/d,tmpfs-size=2m", "i"})
          .mounts;
  ASSERT_EQ(mounts.size(), 4U);
  EXPECT_EQ(mounts[0].type, "bind");
  EXPECT_EQ(mounts[0].source, path);
  EXPECT_EQ(mounts[0].target, "/a");
  EXPECT_EQ(mounts[0].options, (Words{"ro", "rslave", "rbind"}));
  EXPECT_EQ(mounts[1].options, (Words{"ro", "rbind", "rprivate"}));
  EXPECT_EQ(mounts[2].type, "tmpfs");
  EXPECT_EQ(mounts[2].options, (Words{"size=1m", "exec", "nosuid", "nodev"}));
  EXPECT_EQ(mounts[3].options, (Words{"size=2m", "nosuid", "nodev"}));
}

TEST(ContainerOptions, RefuseMountsThatCannotBe) {
  EXPECT_NE(refusal({"-v", "data:/a", "i"}).find("not supported yet"), std::string::npos);
  EXPECT_NE(refusal({"-v", "/a", "i"}).find("not supported yet"), std::string::npos);
  EXPECT_NE(refusal({"-v", "/no/such/path:/a", "i"}).find("does not exist"), std::string::npos);
  EXPECT_NE(refusal({"-v", "/tmp:relative", "i"}).find("must be absolute"), std::string::npos);
  EXPECT_NE(refusal({"-v", "/tmp:/", "i"}).find("root"), std::string::npos);
  EXPECT_NE(refusal({"-v", "/tmp:/a:fast", "i"}).find("unknown option"), std::string::npos);
  EXPECT_NE(refusal({"--mount", "type=bind,dst=/a", "i"}).find("src=PATH"), std::string::npos);
  EXPECT_NE(refusal({"--mount", "type=volume,dst=/a", "i"}).find("not supported yet"),
            std::string::npos);
  EXPECT_NE(refusal({"--mount", "type=foo,dst=/a", "i"}).find("unknown type"), std::string::npos);
  EXPECT_NE(refusal({"--tmpfs", "x", "i"}).find("must be absolute"), std::string::npos);
}

TEST(ContainerOptions, ReadOnlyKeepsPlacesToWriteTo) {
  const auto spec = parsed({"--read-only", "--tmpfs", "/tmp", "i"});
  ASSERT_EQ(spec.mounts.size(), 3U);
  EXPECT_EQ(spec.mounts[1].target, "/run");
  EXPECT_EQ(spec.mounts[2].target, "/var/tmp");
  EXPECT_TRUE(parsed({"--read-only", "--read-only-tmpfs=false", "i"}).mounts.empty());
}

TEST(ContainerOptions, Logs) {
  const auto spec = parsed({"--log-driver=json-file", "--log-opt", "max-size=10m,path=/x/y", "i"});
  EXPECT_EQ(spec.logDriver, "k8s-file");
  EXPECT_EQ(spec.logMaxSize, 10 << 20);
  EXPECT_EQ(spec.logPath, "/x/y");
  EXPECT_EQ(parsed({"--log-driver=none", "i"}).logDriver, "none");
  EXPECT_NE(refusal({"--log-driver=journald", "i"}).find("not supported yet"), std::string::npos);
  EXPECT_NE(refusal({"--log-opt=max-size=big", "i"}), "");
}

TEST(ContainerOptions, WhatPodmanHasAndPeapodNotYetIsSaid) {
  for (const char* option : {"--tz=UTC", "--health-cmd=true", "--secret=x", "--userns=auto",
                             "--init-ctr=always", "--rootfs", "--gpus=all", "--pull=always"}) {
    EXPECT_NE(refusal({option, "i"}).find("not supported yet"), std::string::npos) << option;
  }
  EXPECT_EQ(refusal({"--pull=missing", "--userns=host", "-q", "i"}), "");
}

TEST(ContainerOptions, ContradictionsAreRefused) {
  EXPECT_NE(refusal({"--rm", "--restart=always", "i"}), "");
  EXPECT_EQ(refusal({"--rm", "--restart=on-failure:2", "i"}), "");
  EXPECT_NE(refusal({"--restart=sometimes", "i"}), "");
  EXPECT_NE(refusal({"--oom-score-adj=2000", "i"}), "");
  EXPECT_NE(refusal({"--umask=9", "i"}), "");
}

}  // namespace
}  // namespace cli
