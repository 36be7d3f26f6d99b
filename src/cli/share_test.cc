#include "cli/share.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cli {
namespace {

using Kinds = std::set<NamespaceKind>;
using enum NamespaceKind;

TEST(Share, DefaultIsThatOfPodmanAndKubernetes) {
  EXPECT_EQ(defaultShare(), (Kinds{net, ipc, uts}));
}

TEST(Share, TakesListsAndRepetitions) {
  EXPECT_EQ(parseShare({"net", "pid"}), (Kinds{net, pid}));
  EXPECT_EQ(parseShare({"net,pid", "cgroup"}), (Kinds{net, pid, cgroup}));
  EXPECT_EQ(parseShare({"net, ipc"}), (Kinds{net, ipc}));
}

TEST(Share, APlusAddsToTheDefault) {
  EXPECT_EQ(parseShare({"+pid"}), (Kinds{net, ipc, uts, pid}));
  EXPECT_EQ(parseShare({"+pid,cgroup"}), (Kinds{net, ipc, uts, pid, cgroup}));
  EXPECT_EQ(parseShare({"+pid", "+cgroup"}), (Kinds{net, ipc, uts, pid, cgroup}));
  EXPECT_EQ(parseShare({"net", "+pid"}), (Kinds{net, pid}));
}

TEST(Share, NoneIsNothing) {
  EXPECT_EQ(parseShare({"none"}), Kinds{});
  EXPECT_EQ(parseShare({""}), Kinds{});
  EXPECT_THROW(parseShare({"none", "net"}), Error);
}

TEST(Share, UnknownNamesAreAnsweredWithThoseThereAre) {
  try {
    parseShare({"net,foo"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "unknown namespace \"foo\" in --share: it must be net, ipc, uts, pid, cgroup or none");
  }
  EXPECT_THROW(parseShare({"user"}), Error);
  EXPECT_THROW(parseShare({"mnt"}), Error);
}

}  // namespace
}  // namespace cli
