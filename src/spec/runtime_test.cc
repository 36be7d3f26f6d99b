#include "spec/runtime.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace oci {
namespace {

/// A document in the spelling of config.md and config-linux.md, with every member that the types
/// have.
constexpr const char* document = R"({
  "ociVersion": "1.0.2",
  "process": {
    "terminal": true,
    "consoleSize": {"height": 25, "width": 80},
    "user": {"uid": 1, "gid": 2, "umask": 63, "additionalGids": [5, 6]},
    "args": ["sh", "-c", "true"],
    "env": ["PATH=/bin", "TERM=xterm"],
    "cwd": "/srv",
    "capabilities": {
      "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL"],
      "effective": ["CAP_AUDIT_WRITE"],
      "inheritable": ["CAP_KILL"],
      "permitted": ["CAP_NET_BIND_SERVICE"],
      "ambient": ["CAP_CHOWN"]
    },
    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 1024}],
    "noNewPrivileges": true,
    "apparmorProfile": "acme",
    "oomScoreAdj": -100
  },
  "root": {"path": "rootfs", "readonly": true},
  "hostname": "slartibartfast",
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
     "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}
  ],
  "annotations": {"com.example.key1": "value1"},
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "network", "path": "/proc/1/ns/net"}],
    "devices": [
      {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 0, "gid": 0}
    ],
    "cgroupsPath": "/myRuntime/myContainer",
    "resources": {
      "memory": {"limit": 536870912, "reservation": 536870912, "swap": -1},
      "cpu": {"shares": 1024, "quota": 1000000, "period": 500000, "cpus": "2-3", "mems": "0-7"},
      "pids": {"limit": 32771}
    },
    "rootfsPropagation": "slave",
    "seccomp": {
      "defaultAction": "SCMP_ACT_ERRNO",
      "defaultErrnoRet": 38,
      "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
      "flags": ["SECCOMP_FILTER_FLAG_LOG"],
      "syscalls": [
        {"names": ["getcwd", "chmod"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
         "args": [{"index": 0, "value": 2114060288, "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ"}]}
      ]
    },
    "sysctl": {"net.ipv4.ip_forward": "1"},
    "maskedPaths": ["/proc/kcore"],
    "readonlyPaths": ["/proc/sys"]
  }
})";

TEST(RuntimeSpecs, KeepEveryMemberOfADocument) {
  EXPECT_EQ(Json(parseRuntimeSpec(document, "it")).dump(2), Json::parse(document).dump(2));
}

TEST(RuntimeSpecs, ReadTheRightMembers) {
  const auto spec = parseRuntimeSpec(document, "it");
  EXPECT_EQ(spec.process.consoleHeight, 25);
  EXPECT_EQ(spec.process.consoleWidth, 80);
  EXPECT_EQ(spec.process.user.additionalGids, (std::vector<std::uint32_t>{5, 6}));
  EXPECT_EQ(spec.process.rlimits.at(0).hard, 18446744073709551615U);
  EXPECT_EQ(spec.process.rlimits.at(0).soft, 1024U);
  ASSERT_TRUE(spec.process.capabilities);
  EXPECT_EQ(spec.process.capabilities->ambient.at(0), "CAP_CHOWN");
  EXPECT_EQ(spec.linux_.resources->memory.swap, -1);
  EXPECT_EQ(spec.linux_.resources->pidsLimit, 32771);
  EXPECT_EQ(spec.linux_.resources->cpu.cpus, "2-3");
  EXPECT_EQ(spec.linux_.seccomp->syscalls.at(1).args.at(0).valueTwo, 7U);
  EXPECT_EQ(spec.linux_.devices.at(0).fileMode, 0666U);
  EXPECT_FALSE(spec.linux_.seccomp->syscalls.at(0).errnoRet);
}

TEST(RuntimeSpecs, AbsentMembersAreNotPrinted) {
  EXPECT_EQ(Json(RuntimeSpec{}).dump(),
            R"({"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"cwd":"/",)"
            R"("noNewPrivileges":false},"root":{},"linux":{}})");
}

std::string refusalOf(const char* text) {
  try {
    parseRuntimeSpec(text, "it");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    return error.what();
  }
  return "";
}

TEST(RuntimeSpecs, WhatThereIsNoMemberForIsRefused) {
  EXPECT_EQ(refusalOf(R"({"hooks": {"poststop": [{"path": "/bin/true"}]}})"),
            "\"hooks.poststop\" is not supported");
  EXPECT_EQ(refusalOf(R"({"mounts": [{"destination": "/a"}, {"uidMappings": [{"size": 1}]}]})"),
            "\"mounts.uidMappings\" is not supported");
  EXPECT_EQ(refusalOf(R"({"linux": {"resources": {"unified": {"memory.high": "1"}}}})"),
            "\"linux.resources.unified\" is not supported");
  EXPECT_EQ(refusalOf(R"({"linux": {"resources": {"memory": {"disableOOMKiller": true}}}})"),
            "\"linux.resources.memory.disableOOMKiller\" is not supported");
}

TEST(RuntimeSpecs, EmptyMembersAskForNothing) {
  EXPECT_EQ(
      refusalOf(R"({"hooks": {"poststop": []}, "domainname": "", "process": {"selinuxLabel": ""},
                          "linux": {"uidMappings": null, "resources": {"cpu": {"burst": 0}}}})"),
      "");
}

TEST(RuntimeSpecs, ErrorsNameTheMember) {
  try {
    parseRuntimeSpec(R"({"linux": {"namespaces": [{"type": 3}]}})", "it");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "\"linux\": \"namespaces\": \"type\": type must be string, but is number");
  }
}

}  // namespace
}  // namespace oci
