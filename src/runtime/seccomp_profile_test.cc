#include "runtime/seccomp_profile.h"

#include <sys/stat.h>

#include <algorithm>

#include "runtime/test_container.h"

namespace runtime::test {
namespace {

constexpr CapabilityMask sysAdmin = CapabilityMask{1} << 21U;

std::string actionFor(const oci::Seccomp& seccomp, const std::string& call) {
  for (const oci::SeccompRule& rule : seccomp.syscalls) {
    if (rule.args.empty() &&
        std::find(rule.names.begin(), rule.names.end(), call) != rule.names.end()) {
      return rule.action == "SCMP_ACT_ERRNO" ? cat("errno ", rule.errnoRet.value_or(0))
                                             : rule.action;
    }
  }
  return "default";
}

TEST(SeccompProfile, CapabilitiesDecideWhatIsAllowed) {
  const oci::Seccomp plain = readSeccompProfile(defaultSeccompProfile, 0);
  const oci::Seccomp admin = readSeccompProfile(defaultSeccompProfile, sysAdmin);
  EXPECT_EQ(actionFor(plain, "read"), "SCMP_ACT_ALLOW");
  EXPECT_EQ(actionFor(plain, "mount"), "errno 1");
  EXPECT_EQ(actionFor(admin, "mount"), "SCMP_ACT_ALLOW");
  EXPECT_EQ(actionFor(plain, "keyctl"), "errno 1");
  EXPECT_EQ(actionFor(admin, "keyctl"), "errno 1");
  EXPECT_EQ(actionFor(plain, "clone3"), "errno 38");
  EXPECT_EQ(actionFor(plain, "newer_than_this_profile"), "default");
  EXPECT_EQ(plain.defaultErrnoRet, 38U);
}

TEST(SeccompProfile, NoRuleContradictsAnother) {
  for (const CapabilityMask mask :
       {CapabilityMask{0}, sysAdmin, CapabilityMask{1} << 39U, allCapabilities()}) {
    std::map<std::string, std::string> seen;
    for (const oci::SeccompRule& rule : readSeccompProfile(defaultSeccompProfile, mask).syscalls) {
      for (const std::string& name : rule.names) {
        if (rule.args.empty()) {
          EXPECT_EQ(seen.emplace(name, rule.action).first->second, rule.action) << name;
        }
      }
    }
    EXPECT_FALSE(compileSeccomp(readSeccompProfile(defaultSeccompProfile, mask)).empty());
  }
}

TEST(SeccompProfile, ConditionsOnArchitectureAndKernel) {
  const std::string text = R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["a"], "action": "SCMP_ACT_ERRNO", "includes": {"arches": ["none"]}},
    {"names": ["b"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "3.0"}},
    {"names": ["c"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "99.0"}},
    {"names": ["d"], "action": "SCMP_ACT_ERRNO", "excludes": {"arches": ["amd64", "arm64"]}}]})";
  const oci::Seccomp seccomp = readSeccompProfile(text, 0);
  ASSERT_EQ(seccomp.syscalls.size(), 1U);
  EXPECT_EQ(seccomp.syscalls.front().names.front(), "b");
}

TEST(SeccompProfile, BrokenOnesAreInvalid) {
  for (const char* text : {"", "{", "{}", R"({"defaultAction": 5})",
                           R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": 3}]})"}) {
    EXPECT_THROW(readSeccompProfile(text, 0), Error) << text;
  }
  oci::Seccomp unknown;
  unknown.defaultAction = "SCMP_ACT_NONSENSE";
  EXPECT_THROW(compileSeccomp(unknown), Error);
}

TEST(SeccompProfile, FlagsThatWouldHaveNoEffectAreRefused) {
  const auto compiled = [](const std::string& rest) {
    const oci::Seccomp seccomp =
        readSeccompProfile(R"({"defaultAction": "SCMP_ACT_ALLOW", )" + rest + "}", 0);
    return !compileSeccomp(seccomp).empty();
  };
  EXPECT_TRUE(compiled(R"("flags": ["SECCOMP_FILTER_FLAG_TSYNC"])"));
  EXPECT_THROW(compiled(R"("flags": ["SECCOMP_FILTER_FLAG_LOG"])"), Error);
  EXPECT_THROW(compiled(R"("listenerPath": "/run/listener")"), Error);
}

TEST(SeccompProfile, MachinesProfileCanBeRead) {
  const Path file = defaultSeccompPath();
  if (file.empty()) {
    GTEST_SKIP() << "this machine has no profile of containers/common";
  }
  EXPECT_GT(compileSeccomp(readSeccompProfile(readFile(file), 0)).size(), 50U);
}

TEST(SeccompCache, IsMadeOnceAndAgainWhenTheProfileChanges) {
  const TemporaryDirectory directory;
  const Path profile = directory.path() / "profile.json";
  const Path cache = directory.path() / "cache";
  replaceFile(profile, R"({"defaultAction": "SCMP_ACT_ALLOW"})");
  const Path first = seccompFilterFor(profile, 0, cache);
  // What is there is taken as it is.
  replaceFile(first, std::string(8, '\0'));
  EXPECT_EQ(seccompFilterFor(profile, 0, cache), first);
  EXPECT_EQ(readSeccompFilter(first).size(), 1U);
  EXPECT_NE(seccompFilterFor(profile, sysAdmin, cache), first);
  replaceFile(profile, R"({"defaultAction": "SCMP_ACT_LOG"})");
  const Path second = seccompFilterFor(profile, 0, cache);
  EXPECT_NE(second, first);
  EXPECT_GT(readSeccompFilter(second).size(), 1U);
}

TEST(SeccompCache, MissingProfileIsNotFoundAndABrokenCacheIsSeen) {
  const TemporaryDirectory directory;
  try {
    seccompFilterFor(directory.path() / "none.json", 0, directory.path());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
  replaceFile(directory.path() / "torn.bpf", "123");
  EXPECT_THROW(readSeccompFilter(directory.path() / "torn.bpf"), Error);
}

}  // namespace
}  // namespace runtime::test
