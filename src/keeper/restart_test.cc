#include "keeper/restart.h"

#include <gtest/gtest.h>

namespace keeper {
namespace {

using namespace std::chrono_literals;
using When = RestartRule::When;

TEST(RestartDecisionTest, FollowsTheRule) {
  EXPECT_FALSE(RestartDecision({When::no, 0}).next(1, 0, 1s));
  EXPECT_FALSE(RestartDecision({When::onFailure, 0}).next(0, 0, 1s));
  EXPECT_TRUE(RestartDecision({When::onFailure, 0}).next(1, 1000, 1s));
  EXPECT_TRUE(RestartDecision({When::onFailure, 3}).next(1, 2, 1s));
  EXPECT_FALSE(RestartDecision({When::onFailure, 3}).next(1, 3, 1s));
  EXPECT_TRUE(RestartDecision({When::always, 0}).next(0, 1000, 1s));
}

TEST(RestartDecisionTest, BacksOffFromOneThatKeepsEnding) {
  RestartDecision decision({When::always, 0});
  std::vector<std::chrono::milliseconds> delays;
  for (unsigned i = 0; i < 13; ++i) {
    delays.push_back(decision.next(1, i, 1ms).value());
  }
  EXPECT_EQ(delays[0], 0ms);
  EXPECT_EQ(delays[1], 100ms);
  EXPECT_EQ(delays[2], 200ms);
  EXPECT_EQ(delays[12], 1min);
  EXPECT_EQ(decision.next(1, 13, 10s), 0ms);
  EXPECT_EQ(decision.next(1, 14, 1ms), 100ms);
}

}  // namespace
}  // namespace keeper
