#include <sys/mman.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "kernel/cgroup/test_cgroup.h"

namespace cgroup_test {
namespace {

using std::chrono::milliseconds;

TEST_P(CgroupTest, MemoryLimitKillsTheHogAndNotItsNeighbour) {
  const auto pod = open("/pod");
  const auto hog = open("/pod/hog");
  const auto neighbour = open("/pod/neighbour");
  pod->create(memory(48 << 20));
  hog->create({});
  neighbour->create({});
  Inhabitant peaceful(*neighbour, sleepLong);
  Inhabitant greedy(*hog, [] {
    constexpr std::size_t size = 256U << 20U;
    auto* area = static_cast<char*>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (std::size_t at = 0; at < size; at += 4096) {
      area[at] = 1;
    }
    return 0;
  });
  EXPECT_EQ(greedy.wait().signal, SIGKILL);
  EXPECT_EQ(hog->oomKills(), 1U);
  EXPECT_EQ(pod->oomKills(), 1U);
  EXPECT_EQ(neighbour->oomKills(), 0U);
  EXPECT_EQ(pod->stats().memoryMax, std::optional<std::uint64_t>(48U << 20U));
  EXPECT_EQ(hog->stats().memoryMax, std::optional<std::uint64_t>(48U << 20U)) << "its parent's";
  EXPECT_GT(pod->stats().memoryPeak, std::uint64_t{40} << 20U);
  EXPECT_EQ(neighbour->processes(), std::vector<pid_t>{peaceful.pid()});
}

TEST_P(CgroupTest, PidsLimitStopsForks) {
  const auto node = open("/pids");
  node->create(pids(4));
  Inhabitant forker(*node, [] {
    int forks = 0;
    while (forks < 20) {
      const pid_t pid = fork();
      if (pid == 0) {
        pause();
      }
      if (pid < 0) {
        return forks;
      }
      ++forks;
    }
    return 20;
  });
  EXPECT_EQ(forker.wait().code, 3);
  EXPECT_EQ(node->stats().pids, 3U);
  EXPECT_EQ(node->stats().pidsMax, std::optional<std::uint64_t>(4));
  node->apply(pids(CgroupLimits::noLimit));
  EXPECT_FALSE(node->stats().pidsMax);
}

TEST_P(CgroupTest, CpuQuotaOfThePodBoundsTheSum) {
  const auto pod = open("/cpu");
  pod->create(cpu(20'000, 100'000));
  const auto one = open("/cpu/one");
  const auto two = open("/cpu/two");
  one->create({});
  two->create({});
  const auto spin = [] {
    while (true) {
    }
    return 0;
  };
  const auto start = std::chrono::steady_clock::now();
  const Inhabitant first(*one, spin);
  const Inhabitant second(*two, spin);
  std::this_thread::sleep_for(milliseconds(700));
  const auto used = pod->stats().cpuUsec;
  const auto wall = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::steady_clock::now() - start)
                        .count();
  EXPECT_GT(used, 20'000U);
  // A fifth of one core and one period's worth of slack; without the limit it is 1 to 2 cores.
  EXPECT_LT(used, static_cast<std::uint64_t>(wall) / 5 + 60'000);
  EXPECT_EQ(used >= one->stats().cpuUsec, true);
}

TEST_P(CgroupTest, RefusedLimitNamesItAndLeavesNothing) {
  CgroupLimits limits = memory(64 << 20);
  limits.cpusetCpus = "9999";
  try {
    open("/a/b/c")->create(limits);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid) << error.what();
    const std::string text = error.what();
    for (const std::string part : {"cpuset controller", "9999", "/a/b/c"}) {
      EXPECT_NE(text.find(part), std::string::npos) << text;
    }
  }
  EXPECT_EQ(hierarchiesWith(""), 0U);
}

TEST_P(CgroupTest, FailedChangePutsTheOldValuesBack) {
  const auto node = open("/change");
  CgroupLimits before = memory(64 << 20, 16 << 20);
  before.pidsMax = 50;
  node->create(before);
  CgroupLimits bad = memory(32 << 20, 0);
  bad.pidsMax = 7;
  bad.cpusetCpus = "9999";
  EXPECT_THROW(node->apply(bad), Error);
  EXPECT_EQ(node->stats().memoryMax, std::optional<std::uint64_t>(64U << 20U));
  EXPECT_EQ(node->stats().pidsMax, std::optional<std::uint64_t>(50));
}

TEST_P(CgroupTest, LimitsGoUpAndDownAndAway) {
  const auto node = open("/resize");
  node->create(memory(64 << 20, 0));
  for (const std::int64_t max : {256, 16, 128}) {
    node->apply(memory(max << 20, 0));
    EXPECT_EQ(node->stats().memoryMax, std::optional<std::uint64_t>(max << 20));
  }
  CgroupLimits alone;  // the swap limit stays what it was
  alone.memoryMax = 512 << 20;
  node->apply(alone);
  EXPECT_EQ(node->stats().memoryMax, std::optional<std::uint64_t>(512U << 20U));
  node->apply(memory(CgroupLimits::noLimit, CgroupLimits::noLimit));
  EXPECT_FALSE(node->stats().memoryMax);
  node->apply(cpu(30'000, 50'000));
  node->apply(cpu(90'000, 100'000));
  CgroupLimits quota;
  quota.cpuQuota = CgroupLimits::noLimit;
  node->apply(quota);
  CgroupLimits shares;
  shares.cpuShares = 512;
  node->apply(shares);
}

TEST_P(CgroupTest, CpuLimitGivenLateHoldsForWhatRunsAlready) {
  const auto pod = open("/late");
  const auto node = open("/late/one");
  pod->create({});
  node->create({});
  const Inhabitant spinner(*node, [] {
    while (true) {
    }
    return 0;
  });
  pod->apply(cpu(10'000, 100'000));
  const auto before = pod->stats().cpuUsec;
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_LT(pod->stats().cpuUsec - before, 60'000U + 60'000U);
  // One that starts later is bounded as well.
  const Inhabitant later(*node, [] {
    while (true) {
    }
    return 0;
  });
  const auto then = pod->stats().cpuUsec;
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_LT(pod->stats().cpuUsec - then, 60'000U + 60'000U);
}

}  // namespace
}  // namespace cgroup_test
