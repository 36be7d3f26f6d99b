#include "base/timed_phase.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(TimedPhaseTest, IsNotRecordedWhereNobodyTraces) {
  {
    TimedPhase phase("unseen");
    phase.next("unseen, too");
  }
  EXPECT_TRUE(TimedPhase::take().empty());
}

TEST(TimedPhaseTest, HasWhatFollowsOnePhaseAndTheOtherAndWhatAChildDoes) {
  TimedPhase::trace("parent");
  {
    TimedPhase phase("first");
    phase.next("second");
  }
  const pid_t child = fork();
  if (child == 0) {
    TimedPhase::nowIn("child");
    const TimedPhase phase("ends with its process");
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const auto phases = TimedPhase::take();
  ASSERT_EQ(phases.size(), 3U);
  EXPECT_EQ(phases[0].name, "first");
  EXPECT_LE(phases[0].begin, phases[0].end);
  EXPECT_LE(phases[0].end, phases[1].begin);
  EXPECT_EQ(phases[1].where, "parent");
  EXPECT_EQ(phases[2].where, "child");
  EXPECT_LE(phases[2].begin, phases[2].end);
  EXPECT_FALSE(TimedPhase::tracing());
}

TEST(TimedPhaseTest, EndsAfterItWasTaken) {
  TimedPhase::trace("here");
  {
    const TimedPhase phase("outer");
    EXPECT_EQ(TimedPhase::take().size(), 1U);
  }
  TimedPhase::trace("here");
  EXPECT_TRUE(TimedPhase::take().empty());
}

TEST(TimedPhaseTest, DropsWhatDoesNotFit) {
  TimedPhase::trace("here");
  for (int i = 0; i < 1000; ++i) {
    const TimedPhase phase("one of too many, with a name that is longer than there is room for");
  }
  const auto phases = TimedPhase::take();
  EXPECT_LT(phases.size(), 1000U);
  EXPECT_EQ(phases.front().name.size(), 39U);
}
