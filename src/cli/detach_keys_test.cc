#include "cli/detach_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cli {
namespace {

TEST(DetachKeys, FindTheSequence) {
  auto keys = DetachKeys::parse(defaultDetachKeys);
  const auto fed = keys.feed("ab\x10\x11xyz");
  EXPECT_EQ(fed.forward, "ab");
  EXPECT_TRUE(fed.detached);
}

TEST(DetachKeys, FindItInPieces) {
  auto keys = DetachKeys::parse("ctrl-p,ctrl-q");
  auto fed = keys.feed("a\x10");
  EXPECT_EQ(fed.forward, "a");
  EXPECT_FALSE(fed.detached);
  fed = keys.feed("\x11");
  EXPECT_EQ(fed.forward, "");
  EXPECT_TRUE(fed.detached);
}

TEST(DetachKeys, GiveBackWhatWasNotTheSequence) {
  auto keys = DetachKeys::parse("ctrl-p,ctrl-q");
  EXPECT_EQ(keys.feed("\x10").forward, "");
  EXPECT_EQ(keys.feed("x").forward, "\x10x");
  EXPECT_EQ(keys.feed("\x10\x10").forward, "\x10");
  EXPECT_TRUE(keys.feed("\x11").detached);
}

TEST(DetachKeys, FindASequenceThatBeginsInAFalseStart) {
  auto keys = DetachKeys::parse("a,a,b");
  const auto fed = keys.feed("xaaab");
  EXPECT_EQ(fed.forward, "xa");
  EXPECT_TRUE(fed.detached);
}

TEST(DetachKeys, AnEmptySequenceNeverDetaches) {
  auto keys = DetachKeys::parse("");
  const auto fed = keys.feed("\x10\x11");
  EXPECT_EQ(fed.forward, "\x10\x11");
  EXPECT_FALSE(fed.detached);
}

TEST(DetachKeys, KnowTheKeysOfDockerAndPodman) {
  EXPECT_TRUE(DetachKeys::parse("ctrl-@").feed(std::string(1, '\0')).detached);
  EXPECT_TRUE(DetachKeys::parse("ctrl-]").feed("\x1d").detached);
  EXPECT_TRUE(DetachKeys::parse("ctrl-Z").feed("\x1a").detached);
  EXPECT_TRUE(DetachKeys::parse("q").feed("q").detached);
  for (const char* bad : {"ctrl-", "ctrl-1", "shift-a", "ctrl-p,,q", "ab"}) {
    EXPECT_THROW(DetachKeys::parse(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace cli
