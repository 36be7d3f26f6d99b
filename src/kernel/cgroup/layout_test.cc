#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/knobs.h"
#include "kernel/cgroup/self.h"

namespace {

/// A directory that stands for the kernel.
class FakeKernel : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "cgroup-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void file(const std::string& name, const std::string& text = "") const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::string read(const std::string& name) const { return readFile(root_ / name); }
  CgroupLayout detect(const std::string& mountinfo) const {
    file("mountinfo", mountinfo);
    return CgroupLayout::detect(root_ / "mountinfo");
  }
  std::string v2Line() const {
    return cat("31 23 0:28 / ", root_.native(),
               " rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  }

  /// A v2 node with all the files of its controllers, as after mkdir(2).
  void node(const std::string& path) const {
    for (const char* name : {"memory.max", "memory.low", "memory.swap.max", "cpu.max", "cpu.weight",
                             "pids.max", "cpuset.cpus", "cpuset.mems", "cgroup.subtree_control"}) {
      file(path + "/" + name);
    }
  }
  void controllers(const std::string& names) const {
    file("cgroup.controllers", names);
    file("cgroup.subtree_control");
  }

  Path root_;
};

TEST_F(FakeKernel, LayoutV2) {
  file("cgroup.controllers", "cpuset cpu io memory pids\n");
  const CgroupLayout layout = detect("22 1 8:1 / / rw - ext4 /dev/sda rw\n" + v2Line());
  EXPECT_EQ(layout.version(), CgroupLayout::Version::v2);
  EXPECT_EQ(layout.versionName(), "v2");
  EXPECT_EQ(layout.mount(""), root_);
  EXPECT_FALSE(layout.mount("memory"));
  EXPECT_EQ(layout.controllers(),
            (std::vector<std::string>{"cpuset", "cpu", "io", "memory", "pids"}));
}

TEST_F(FakeKernel, LayoutHybridAndV1) {
  const std::string v1 =
      "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "35 31 0:32 / /sys/fs/cgroup/with\\040blank rw shared:9 - cgroup cgroup rw,memory\n"
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
      "43 31 0:38 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n";
  const CgroupLayout hybrid =
      detect(v1 + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(hybrid.version(), CgroupLayout::Version::hybrid);
  EXPECT_EQ(hybrid.versionName(), "v1");
  EXPECT_EQ(hybrid.mount("cpuacct"), Path("/sys/fs/cgroup/cpu,cpuacct"));
  EXPECT_EQ(hybrid.mount("memory"), Path("/sys/fs/cgroup/with blank"));
  EXPECT_EQ(hybrid.mount(""), Path("/sys/fs/cgroup/unified"));
  EXPECT_EQ(hybrid.mount("name=systemd"), Path("/sys/fs/cgroup/systemd"));
  EXPECT_EQ(hybrid.controllers(),
            (std::vector<std::string>{"cpu", "cpuacct", "freezer", "memory"}));
  const CgroupLayout v1Only = detect(v1);
  EXPECT_EQ(v1Only.version(), CgroupLayout::Version::v1);
  EXPECT_FALSE(v1Only.mount(""));
}

TEST_F(FakeKernel, NamedHierarchyAloneDoesNotMakeV1) {
  const std::string systemd =
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n";
  EXPECT_EQ(detect(v2Line() + systemd).version(), CgroupLayout::Version::v2);
}

TEST_F(FakeKernel, OwnCgroupByHierarchy) {
  file("cgroup",
       "9:name=systemd:/a\n4:cpu,cpuacct:/b:with:colons\n0::/user.slice/session-1.scope\n");
  EXPECT_EQ(ownCgroup("name=systemd", root_ / "cgroup"), "/a");
  EXPECT_EQ(ownCgroup("cpuacct", root_ / "cgroup"), "/b:with:colons");
  EXPECT_EQ(ownCgroup("", root_ / "cgroup"), "/user.slice/session-1.scope");
  EXPECT_FALSE(ownCgroup("memory", root_ / "cgroup"));
}

TEST_F(FakeKernel, NoCgroupFileSystemIsAnError) {
  EXPECT_THROW(detect("22 1 8:1 / / rw - ext4 /dev/sda rw\n"), Error);
}

TEST_F(FakeKernel, V2LimitsAreWrittenInItsOwnTerms) {
  controllers("cpuset cpu io memory pids\n");
  node("pod");
  CgroupLimits limits;
  limits.memoryMax = 6LL << 30;
  limits.memoryLow = 1 << 20;
  limits.swapMax = 0;
  limits.cpuQuota = 400'000;
  limits.cpuPeriod = 100'000;
  limits.cpuShares = 1024;
  limits.pidsMax = CgroupLimits::noLimit;
  limits.cpusetCpus = "0-1";
  limits.cpusetMems = "0";
  detect(v2Line()).open("/pod")->create(limits);
  EXPECT_EQ(read("pod/memory.max"), "6442450944");
  EXPECT_EQ(read("pod/memory.low"), "1048576");
  EXPECT_EQ(read("pod/memory.swap.max"), "0");
  EXPECT_EQ(read("pod/cpu.max"), "400000 100000");
  EXPECT_EQ(read("pod/cpu.weight"), "39");
  EXPECT_EQ(read("pod/pids.max"), "max");
  EXPECT_EQ(read("pod/cpuset.cpus"), "0-1");
  EXPECT_EQ(read("pod/cpuset.mems"), "0");
  EXPECT_EQ(read("cgroup.subtree_control"), "+memory +cpu +pids +cpuset +io");
}

TEST_F(FakeKernel, V2KeepsThePartOfCpuMaxThatWasNotAskedFor) {
  controllers("cpu memory pids\n");
  node("pod");
  file("pod/cpu.max", "max 100000\n");
  CgroupLimits quota;
  quota.cpuQuota = 50'000;
  const auto pod = detect(v2Line()).open("/pod");
  pod->apply(quota);
  EXPECT_TRUE(read("pod/cpu.max").starts_with("50000 100000"));
}

TEST_F(FakeKernel, V2TurnsOnOnlyWhatIsNotOn) {
  controllers("cpu memory pids\n");
  file("cgroup.subtree_control", "cpu memory pids\n");
  node("pod");
  CgroupLimits limits;
  limits.pidsMax = 5;
  detect(v2Line()).open("/pod")->create(limits);
  EXPECT_EQ(read("cgroup.subtree_control"), "cpu memory pids\n");
}

TEST_F(FakeKernel, V2LimitWithoutItsControllerIsAnErrorAndLeavesNothing) {
  controllers("memory pids\n");
  CgroupLimits limits;
  limits.cpusetCpus = "0";
  try {
    detect(v2Line()).open("/pod/one")->create(limits);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(std::string(error.what()).find("no cpuset controller"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("/pod/one"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(root_ / "pod"));
}

TEST_F(FakeKernel, V2ChangeThatFailsMidwayIsPutBack) {
  controllers("cpuset cpu io memory pids\n");
  node("pod");
  file("pod/memory.max", "max\n");
  std::filesystem::remove(root_ / "pod/pids.max");
  CgroupLimits limits;
  limits.memoryMax = 1 << 20;
  limits.pidsMax = 5;
  EXPECT_THROW(detect(v2Line()).open("/pod")->apply(limits), Error);
  EXPECT_TRUE(read("pod/memory.max").starts_with("max"));
}

TEST_F(FakeKernel, V2WithoutSwapAccountingLimitsMemoryAlone) {
  controllers("memory pids\n");
  node("pod");
  std::filesystem::remove(root_ / "pod/memory.swap.max");
  CgroupLimits limits;
  limits.memoryMax = 1 << 20;
  limits.swapMax = 0;
  limits.swapImplied = true;
  detect(v2Line()).open("/pod")->create(limits);
  EXPECT_EQ(read("pod/memory.max"), "1048576");
}

TEST_F(FakeKernel, V2Statistics) {
  controllers("memory pids\n");
  node("pod");
  file("pod/cpu.stat", "usage_usec 12345\nuser_usec 1\nsystem_usec 2\n");
  file("pod/memory.current", "1000000\n");
  file("pod/memory.peak", "2000000\n");
  file("pod/memory.max", "max\n");
  file("pod/memory.stat", "anon 5\nfile 6\ninactive_anon 7\ninactive_file 300000\n");
  file("pod/memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\n");
  file("pod/pids.current", "4\n");
  file("pod/pids.max", "100\n");
  file("pod/io.stat",
       "8:0 rbytes=4096 wbytes=1 rios=1 wios=0 dbytes=0 dios=0\n8:16 rbytes=4 wbytes=2\n");
  const auto pod = detect(v2Line()).open("/pod");
  const CgroupStats stats = pod->stats();
  EXPECT_EQ(stats.cpuUsec, 12345U);
  EXPECT_EQ(stats.memoryUsage, 700000U);
  EXPECT_EQ(stats.memoryPeak, 2000000U);
  EXPECT_FALSE(stats.memoryMax);
  EXPECT_EQ(pod->oomKills(), 2U);
  EXPECT_EQ(stats.pids, 4U);
  EXPECT_EQ(stats.pidsMax, std::optional<std::uint64_t>(100));
  EXPECT_EQ(stats.readBytes, 4100U);
  EXPECT_EQ(stats.writeBytes, 3U);
}

TEST_F(FakeKernel, TheMemoryThatItCanHaveIsBoundedByEachLevelAbove) {
  controllers("memory pids\n");
  file("pod/memory.max", "4096\n");
  file("pod/one/memory.max", "max\n");
  file("pod/two/memory.max", "8192\n");
  file("pod/three/memory.max", "1024\n");
  file("other/memory.max", "max\n");
  const CgroupLayout layout = detect(v2Line());
  const auto maxOf = [&](const char* path) { return layout.open(path)->stats().memoryMax; };
  EXPECT_EQ(maxOf("/pod/one"), std::optional<std::uint64_t>(4096));
  EXPECT_EQ(maxOf("/pod/two"), std::optional<std::uint64_t>(4096));
  EXPECT_EQ(maxOf("/pod/three"), std::optional<std::uint64_t>(1024));
  EXPECT_FALSE(maxOf("/other"));
  EXPECT_FALSE(maxOf("/gone"));
}

TEST_F(FakeKernel, UsualStatisticsAreAllThatIsNotRare) {
  controllers("memory pids\n");
  node("pod");
  file("pod/cpu.stat", "usage_usec 12345\nuser_usec 1\nsystem_usec 2\n");
  file("pod/memory.current", "1000000\n");
  file("pod/memory.peak", "2000000\n");
  file("pod/memory.max", "3000000\n");
  file("pod/memory.stat", "inactive_file 300000\n");
  file("pod/pids.current", "4\n");
  file("pod/io.stat", "8:0 rbytes=4096 wbytes=1\n");
  const auto pod = detect(v2Line()).open("/pod");
  const CgroupStats usual = pod->stats(CgroupStats::Extent::usual, 0);
  const CgroupStats whole = pod->stats();
  EXPECT_EQ(usual.cpuUsec, whole.cpuUsec);
  EXPECT_EQ(usual.memoryUsage, whole.memoryUsage);
  EXPECT_EQ(usual.memoryMax, whole.memoryMax);
  EXPECT_EQ(usual.pids, whole.pids);
  EXPECT_EQ(usual.readBytes, whole.readBytes);
  EXPECT_EQ(usual.writeBytes, whole.writeBytes);
  EXPECT_EQ(whole.memoryPeak, 2000000U);
  EXPECT_EQ(usual.memoryPeak, 0U);
}

TEST_F(FakeKernel, WhatIsBelowAShortcutIsReadFromThereAndAllElseAsEver) {
  controllers("pids\n");
  file("pod/one/pids.current", "4\n");
  file("podless/pids.current", "5\n");
  const CgroupLayout layout = detect(v2Line());
  const Path mount = *layout.mount("");
  const auto pidsOf = [&](const char* path) { return layout.open(path)->stats().pids; };
  {
    const KnobShortcuts shortcuts({mount / "pod", mount / "none"});
    std::filesystem::rename(mount / "pod", mount / "moved");
    EXPECT_EQ(pidsOf("/pod/one"), 4U);
    EXPECT_EQ(pidsOf("/pod/two"), 0U);
    EXPECT_EQ(pidsOf("/podless"), 5U);
    EXPECT_EQ(pidsOf("/moved/one"), 4U);
  }
  EXPECT_EQ(pidsOf("/pod/one"), 0U);
}

TEST_F(FakeKernel, AFileOfManyPagesIsReadWhole) {
  std::string text;
  for (int line = 0; line < 5000; ++line) {
    text += cat("8:", line, " rbytes=1 wbytes=2\n");
  }
  file("pod/io.stat", text);
  const CgroupStats stats = detect(v2Line()).open("/pod")->stats();
  EXPECT_EQ(stats.readBytes, 5000U);
  EXPECT_EQ(stats.writeBytes, 10'000U);
}

TEST_F(FakeKernel, V2LimitsAreReadBackAndDefaultsAreNone) {
  controllers("cpu io memory pids\n");
  node("pod");
  file("pod/memory.max", "6442450944\n");
  file("pod/memory.low", "0\n");
  file("pod/memory.swap.max", "max\n");
  file("pod/cpu.max", "150000 100000\n");
  file("pod/cpu.weight", "100\n");
  file("pod/pids.max", "20\n");
  file("pod/io.max", "8:16 rbps=2097152 wbps=max riops=max wiops=120\n");
  const CgroupLimits limits = detect(v2Line()).open("/pod")->limits();
  EXPECT_EQ(limits.memoryMax, std::optional<std::int64_t>(6442450944));
  EXPECT_FALSE(limits.memoryLow);
  EXPECT_FALSE(limits.swapMax);
  EXPECT_EQ(limits.cpuQuota, std::optional<std::int64_t>(150000));
  EXPECT_EQ(limits.cpuPeriod, std::optional<std::uint64_t>(100000));
  EXPECT_FALSE(limits.cpuShares);
  EXPECT_EQ(limits.pidsMax, std::optional<std::int64_t>(20));
  ASSERT_EQ(limits.io.size(), 2U);
  EXPECT_EQ(limits.io[0].key, "rbps");
  EXPECT_EQ(limits.io[0].minor, 16U);
  EXPECT_EQ(limits.io[1].value, 120U);
}

TEST_F(FakeKernel, V2MemoryThatRanOutAtOneLevelCountsBelowItToo) {
  controllers("memory pids\n");
  node("pod/one");
  file("pod/memory.events.local", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 0\n");
  file("pod/one/memory.events.local", "low 0\nhigh 0\nmax 1\noom 1\noom_kill 3\n");
  const CgroupLayout layout = detect(v2Line());
  EXPECT_EQ(layout.open("/pod/one")->oomEvents({}), 3U);
  EXPECT_EQ(layout.open("/pod")->oomEvents({}), 2U);
}

TEST_F(FakeKernel, PressureOfANode) {
  controllers("memory\n");
  node("pod");
  file("pod/memory.pressure",
       "some avg10=12.50 avg60=3.00 avg300=0.10 total=99\n"
       "full avg10=1.25 avg60=0.00 avg300=0.00 total=9\n");
  const auto pressure = detect(v2Line()).open("/pod")->pressure("memory");
  ASSERT_TRUE(pressure);
  EXPECT_DOUBLE_EQ(pressure->some[0], 12.5);
  EXPECT_DOUBLE_EQ(pressure->some[2], 0.1);
  EXPECT_DOUBLE_EQ(pressure->full[0], 1.25);
  EXPECT_FALSE(detect(v2Line()).open("/pod")->pressure("io"));
}

TEST_F(FakeKernel, V1LimitWithoutItsControllerIsAnErrorAndLeavesNothing) {
  std::filesystem::create_directories(root_ / "freezer");
  std::filesystem::create_directories(root_ / "memory");
  const CgroupLayout layout =
      detect(cat("1 1 0:1 / ", root_.native(), "/freezer rw - cgroup cgroup rw,freezer\n",
                 "2 1 0:2 / ", root_.native(), "/memory rw - cgroup cgroup rw,memory\n"));
  CgroupLimits limits;
  limits.cpuQuota = 1000;
  try {
    layout.open("/pod")->create(limits);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(std::string(error.what()).find("no cpu controller"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(root_ / "freezer/pod"));
  EXPECT_FALSE(std::filesystem::exists(root_ / "memory/pod"));
}

TEST(CgroupKnobs, WeightFromShares) {
  EXPECT_EQ(weightFromShares(2), 1U);
  EXPECT_EQ(weightFromShares(1024), 39U);
  EXPECT_EQ(weightFromShares(262144), 10000U);
  for (const std::uint64_t weight : {1U, 39U, 100U, 5000U, 10000U}) {
    EXPECT_EQ(weightFromShares(sharesFromWeight(weight)), weight);
  }
  EXPECT_EQ(weightFromShares(1), 1U);           // v1 raises it to 2
  EXPECT_EQ(weightFromShares(999999), 10000U);  // and bounds it above
}

}  // namespace
