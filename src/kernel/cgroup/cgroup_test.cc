#include "kernel/cgroup/cgroup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/tree.h"
#include "kernel/process.h"

namespace {

using std::chrono::milliseconds;

/// A process in a cgroup, as the runtime starts one; killed and reaped at the end of the test.
class Inhabitant {
 public:
  Inhabitant(const Cgroup& cgroup, const std::function<int()>& work) {
    const UniqueFd directory = cgroup.openForClone();
    const auto files = cgroup.openForSelfAttach();
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw systemError("pipe2");
    }
    const UniqueFd arrived(ends[0]);
    UniqueFd arriving(ends[1]);
    child_ = cloneProcess({0, directory.get(), SIGCHLD});
    if (child_.pid == 0) {
      for (const UniqueFd& file : files) {
        if (write(file.get(), "0", 1) != 1) {
          _exit(99);
        }
      }
      arriving.reset();
      _exit(work());
    }
    arriving.reset();
    char end = 0;
    (void)!read(arrived.get(), &end, 1);
  }
  ~Inhabitant() {
    if (!ended_) {
      ::kill(child_.pid, SIGKILL);
      if (endsWithin(2000)) {
        waitForExit(child_.pidfd.get());
      }
    }
  }
  Inhabitant(const Inhabitant&) = delete;
  Inhabitant& operator=(const Inhabitant&) = delete;

  pid_t pid() const { return child_.pid; }
  ExitStatus wait() {
    if (!endsWithin(10'000)) {
      throw Error(ErrorKind::system, "the process does not end");
    }
    ended_ = true;
    return waitForExit(child_.pidfd.get());
  }

 private:
  bool endsWithin(int time) const {
    pollfd event{child_.pidfd.get(), POLLIN, 0};
    return poll(&event, 1, time) == 1;
  }

  Child child_;
  bool ended_ = false;
};

int sleepLong() {
  sleep(60);
  return 0;
}

/// A number that parent and child share.
std::atomic<long>& sharedCounter() {
  static auto* counter = static_cast<std::atomic<long>*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *counter;
}

int countUp() {
  while (true) {
    ++sharedCounter();
    usleep(500);
  }
}

/// On the machine's own layout, and where that is hybrid also as if there were no v2 hierarchy
/// beside v1.
class CgroupTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root: makes cgroups";
    }
    const CgroupLayout machine = CgroupLayout::detect();
    if (GetParam() == std::string("v1")) {
      if (machine.version() == CgroupLayout::Version::v2) {
        GTEST_SKIP() << "this machine has no v1 hierarchies";
      }
      layout_ = detectV1();
    } else {
      layout_ = machine;
    }
    base_ = cat("/peapod-test-", getpid());
    const std::vector<std::string> all = layout_->controllers();
    for (const char* needed : {"memory", "cpu", "pids"}) {
      if (std::find(all.begin(), all.end(), needed) == all.end()) {
        GTEST_SKIP() << "this machine has no " << needed << " controller";
      }
    }
  }
  void TearDown() override {
    if (layout_) {
      const auto base = open("");
      base->kill();
      base->remove();
      EXPECT_EQ(hierarchiesWith(""), 0U);
    }
  }

  static CgroupLayout detectV1() {
    std::string lines;
    for (const std::string& line : split(readFile("/proc/self/mountinfo"), '\n')) {
      if (line.find(" - cgroup2 ") == std::string::npos) {
        lines += line + '\n';
      }
    }
    const Path file = testing::TempDir() + cat("mountinfo-", getpid());
    replaceFile(file, lines);
    CgroupLayout layout = CgroupLayout::detect(file);
    std::filesystem::remove(file);
    return layout;
  }

  std::unique_ptr<Cgroup> open(const std::string& below) const {
    return layout_->open(base_ + below);
  }

  /// In how many mounted hierarchies there is such a node.
  std::size_t hierarchiesWith(const std::string& below) const {
    std::size_t count = 0;
    std::vector<std::string> names = layout_->controllers();
    names.emplace_back("");
    for (const std::string& name : names) {
      const auto mount = layout_->mount(name);
      count += mount && std::filesystem::exists(mount->native() + base_ + below) ? 1 : 0;
    }
    return count;
  }

  static CgroupLimits memory(std::int64_t max, std::int64_t swap = 0) {
    CgroupLimits limits;
    limits.memoryMax = max;
    limits.swapMax = swap;
    return limits;
  }
  static CgroupLimits pids(std::int64_t max) {
    CgroupLimits limits;
    limits.pidsMax = max;
    return limits;
  }
  static CgroupLimits cpu(std::int64_t quota, std::uint64_t period) {
    CgroupLimits limits;
    limits.cpuQuota = quota;
    limits.cpuPeriod = period;
    return limits;
  }

  std::optional<CgroupLayout> layout_;
  std::string base_;
};

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
  EXPECT_EQ(hog->stats().oomKills, 1U);
  EXPECT_EQ(pod->stats().oomKills, 1U);
  EXPECT_EQ(neighbour->stats().oomKills, 0U);
  EXPECT_EQ(pod->stats().memoryMax, std::optional<std::uint64_t>(48U << 20U));
  EXPECT_FALSE(hog->stats().memoryMax);
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

TEST_P(CgroupTest, RemoveWaitsForKilledProcessesAndTakesAllHierarchies) {
  const auto pod = open("/remove");
  const auto node = open("/remove/one");
  CgroupLimits limits = cpu(50'000, 100'000);
  limits.cpusetCpus = "0";
  pod->create(limits);
  node->create(memory(64 << 20));
  EXPECT_TRUE(pod->exists());
  std::vector<std::unique_ptr<Inhabitant>> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back(std::make_unique<Inhabitant>(*node, sleepLong));
  }
  pod->kill();
  pod->remove();
  EXPECT_FALSE(pod->exists());
  EXPECT_EQ(hierarchiesWith("/remove"), 0U);
  pod->remove();  // gone already
  pod->kill();
}

TEST_P(CgroupTest, RemovingABusyNodeNamesTheProcesses) {
  const auto node = open("/busy");
  node->create({});
  const Inhabitant alive(*node, sleepLong);
  try {
    removeLevels(node->directories().front().second, std::chrono::steady_clock::now());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::in_use);
    EXPECT_NE(std::string(error.what()).find(cat(alive.pid())), std::string::npos) << error.what();
  }
  EXPECT_TRUE(node->exists());
  EXPECT_FALSE(node->removeIfEmpty());
  EXPECT_TRUE(node->exists());
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

TEST_P(CgroupTest, CreateTakesANodeThatIsThereAlready) {
  const auto node = open("/twice");
  node->create(pids(10));
  node->create(pids(20));
  EXPECT_EQ(node->stats().pidsMax, std::optional<std::uint64_t>(20));
}

TEST_P(CgroupTest, ManyMakeAndRemoveBelowOneParentAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 0;
      try {
        for (int round = 0; round < 50; ++round) {
          const auto parent = open("/shared");
          const auto own = open(cat("/shared/", i));
          own->create({});
          own->remove();
          parent->removeIfEmpty();
        }
      } catch (const std::exception& error) {
        dprintf(2, "%s\n", error.what());
        code = 1;
      }
      _exit(code);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = -1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(hierarchiesWith("/shared"), 0U);
}

TEST_P(CgroupTest, PathsThatLeaveTheTreeAreRefused) {
  for (const char* path : {"/peapod-test/../../x", "relative", "", "/", "/.."}) {
    EXPECT_THROW(layout_->open(path), Error) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, CgroupTest, testing::Values("machine", "v1"),
                         [](const auto& layout) { return layout.param; });

}  // namespace
