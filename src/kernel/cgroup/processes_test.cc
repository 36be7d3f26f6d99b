#include <chrono>
#include <thread>

#include "kernel/cgroup/test_cgroup.h"

namespace cgroup_test {
namespace {

using std::chrono::milliseconds;

TEST_P(CgroupTest, FreezeStopsProgressAndThawLetsItGoOn) {
  const auto pod = open("/freeze");
  const auto node = open("/freeze/one");
  pod->create({});
  node->create({});
  sharedCounter() = 0;  // mapped before there is a child
  const Inhabitant counter(*node, countUp);
  for (int i = 0; i < 1000 && sharedCounter() < 5; ++i) {
    usleep(1000);
  }
  ASSERT_GE(sharedCounter(), 5);
  EXPECT_FALSE(pod->frozen());
  pod->freeze();
  EXPECT_TRUE(pod->frozen());
  const long still = sharedCounter();
  std::this_thread::sleep_for(milliseconds(60));
  EXPECT_EQ(sharedCounter(), still);
  pod->thaw();
  for (int i = 0; i < 1000 && sharedCounter() == still; ++i) {
    usleep(1000);
  }
  EXPECT_GT(sharedCounter(), still);
  EXPECT_FALSE(pod->frozen());
}

TEST_P(CgroupTest, KillReachesAllBelowFrozenOnesToo) {
  const auto pod = open("/kill");
  const auto one = open("/kill/one");
  const auto two = open("/kill/two");
  pod->create({});
  one->create({});
  two->create({});
  Inhabitant first(*one, sleepLong);
  Inhabitant second(*two, sleepLong);
  auto all = pod->processes();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector<pid_t>{first.pid(), second.pid()}));
  two->freeze();
  pod->kill();
  EXPECT_EQ(first.wait().signal, SIGKILL);
  EXPECT_EQ(second.wait().signal, SIGKILL);
  EXPECT_TRUE(pod->processes().empty());
}

TEST_P(CgroupTest, AttachMovesARunningProcess) {
  const auto from = open("/from");
  const auto to = open("/to");
  from->create({});
  to->create({});
  const Inhabitant mover(*from, sleepLong);
  to->attach(mover.pid());
  EXPECT_TRUE(from->processes().empty());
  EXPECT_EQ(to->processes(), std::vector<pid_t>{mover.pid()});
  EXPECT_EQ(to->stats().pids, 1U);
  EXPECT_EQ(from->stats().pids, 0U);
}

}  // namespace
}  // namespace cgroup_test
