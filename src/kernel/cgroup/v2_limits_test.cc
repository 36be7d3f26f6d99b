#include "kernel/cgroup/v2_limits.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/v1_limits.h"
#include "kernel/cgroup/v2_readings.h"

namespace {

/// A directory that stands for a node of cgroup v2.
class FakeNode : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "node-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    node_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(node_); }

  void file(const std::string& name, const std::string& text) const {
    std::ofstream(node_ / name) << text;
  }
  std::string read(const std::string& name) const { return readFile(node_ / name); }

  /// Without commit: all of it is put back at the end.
  void change(const CgroupLimits& limits, bool commit = true) const {
    KnobChanges knobs("/pod", false);
    cgroup_v2::setLimits(knobs, node_, limits);
    if (commit) {
      knobs.commit();
    }
  }

  Path node_;
};

TEST_F(FakeNode, RatesOfADeviceAreWrittenOneByOneAndPutBack) {
  file("io.max", "8:0 rbps=1024 wbps=max riops=max wiops=max\n");
  CgroupLimits limits;
  limits.io = {{"rbps", 8, 0, 4096}};
  change(limits);
  EXPECT_TRUE(read("io.max").starts_with("8:0 rbps=4096"));
  file("io.max", "8:0 rbps=1024 wbps=max riops=max wiops=max\n");
  change(limits, false);
  EXPECT_TRUE(read("io.max").starts_with("8:0 rbps=1024"));
  limits.io = {{"wiops", 8, 16, 5}};  // a device that had none
  change(limits, false);
  EXPECT_TRUE(read("io.max").starts_with("8:16 wiops=max"));
  limits.io = {{"rbps", 8, 0, 0}};
  change(limits);
  EXPECT_TRUE(read("io.max").starts_with("8:0 rbps=max"));
}

TEST_F(FakeNode, WeightsGoToTheSchedulersThatThereAre) {
  file("io.weight", "default 100\n");
  CgroupLimits limits;
  limits.ioWeight = 1000;
  change(limits);
  EXPECT_TRUE(read("io.weight").starts_with("default 10000"));
  file("io.bfq.weight", "default 100\n");
  limits.ioWeight = 10;
  change(limits);
  EXPECT_TRUE(read("io.weight").starts_with("default 1"));
  EXPECT_TRUE(read("io.bfq.weight").starts_with("default 10"));
}

TEST_F(FakeNode, WeightsAreReadBackInTheScaleTheyWereGivenIn) {
  CgroupLimits limits;
  limits.ioWeight = 300;
  file("io.weight", "default 100\n");
  EXPECT_FALSE(cgroup_v2::readLimits(node_).ioWeight);
  change(limits);
  EXPECT_EQ(cgroup_v2::readLimits(node_).ioWeight, 300U);
  file("io.bfq.weight", "default 200\n8:16 700\n");
  limits = cgroup_v2::readLimits(node_);
  EXPECT_EQ(limits.ioWeight, 200U);
  EXPECT_EQ(limits.io, (std::vector<IoLimit>{{"weight", 8, 16, 700}}));
}

TEST_F(FakeNode, WithoutASchedulerThatHasWeightsTheyAreRefused) {
  CgroupLimits limits;
  limits.ioWeight = 100;
  try {
    change(limits);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(std::string(error.what()).find("io controller"), std::string::npos) << error.what();
  }
}

TEST_F(FakeNode, ALimitBelowWhatIsInUseIsRefusedBeforeTheKernelKills) {
  file("memory.max", "max\n");
  file("memory.high", "max\n");
  file("memory.current", "5000000\n");
  CgroupLimits limits;
  limits.memoryMax = 4'000'000;
  try {
    change(limits);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::in_use);
    EXPECT_NE(std::string(error.what()).find("5000000"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(read("memory.high").starts_with("max"));
  EXPECT_TRUE(read("memory.max").starts_with("max"));
  file("memory.current", "3000000\n");
  change(limits);
  EXPECT_EQ(read("memory.max").substr(0, 7), "4000000");
}

/// What is said against a limit of swap by a kernel that does not count it.
template <typename Set>
void expectSwapRefused(const Set& set) {
  CgroupLimits limits;
  limits.memoryMax = 64 << 20;
  limits.swapMax = 16 << 20;
  try {
    set(limits);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    const std::string text = error.what();
    EXPECT_NE(text.find("memory controller does not count swap"), std::string::npos) << text;
  }
  limits.swapImplied = true;  // nobody asked for it
  set(limits);
  limits.swapImplied = false;
  limits.swapMax = CgroupLimits::noLimit;
  set(limits);
}

TEST_F(FakeNode, ALimitOfSwapIsRefusedWhereSwapIsNotCounted) {
  file("memory.max", "max\n");
  file("memory.high", "max\n");
  file("memory.current", "0\n");
  expectSwapRefused([&](const CgroupLimits& limits) { change(limits); });
  EXPECT_EQ(read("memory.max").substr(0, 8), "67108864");
  file("memory.limit_in_bytes", "9223372036854771712\n");
  expectSwapRefused([&](const CgroupLimits& limits) {
    KnobChanges knobs("/pod", false);
    cgroup_v1::setMemory(knobs, node_, limits);
    knobs.commit();
  });
  EXPECT_EQ(read("memory.limit_in_bytes").substr(0, 8), "67108864");
}

TEST_F(FakeNode, HugePagesAreLimitedBySize) {
  file("hugetlb.2MB.max", "max\n");
  CgroupLimits limits;
  limits.hugetlb = {{"2MB", 4 << 20}};
  change(limits);
  EXPECT_TRUE(read("hugetlb.2MB.max").starts_with("4194304"));
  EXPECT_EQ(cgroup_v2::controllersFor(limits), std::vector<std::string>{"hugetlb"});
  limits.hugetlb = {{"2MB", CgroupLimits::noLimit}};
  change(limits);
  EXPECT_TRUE(read("hugetlb.2MB.max").starts_with("max"));
  limits.hugetlb = {{"1GB", 0}};
  EXPECT_THROW(change(limits), Error);
}

TEST_F(FakeNode, FilesOfTheUsersChoiceComeLast) {
  file("memory.high", "max\n");
  CgroupLimits limits;
  limits.files = {{"memory.high", "1000"}};
  change(limits);
  EXPECT_TRUE(read("memory.high").starts_with("1000"));
  EXPECT_EQ(cgroup_v2::controllersFor(limits), std::vector<std::string>{"memory"});
  limits.files = {{"memory.nonsense", "1"}};
  EXPECT_THROW(change(limits), Error);
}

TEST_F(FakeNode, WhatOnlyV1HasIsRefusedByName) {
  const auto refusal = [](const CgroupLimits& limits) {
    try {
      cgroup_v2::refuseV1Limits("/pod", limits);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
      return std::string(error.what());
    }
    return std::string();
  };
  CgroupLimits limits;
  EXPECT_EQ(refusal(limits), "");
  limits.swappiness = 5;
  EXPECT_NE(refusal(limits).find("memory controller"), std::string::npos);
  limits = {};
  limits.rtRuntime = 1000;
  EXPECT_NE(refusal(limits).find("cpu controller"), std::string::npos);
  limits = {};
  limits.oomKillDisable = true;
  EXPECT_NE(refusal(limits).find("oom-kill-disable"), std::string::npos);
}

}  // namespace
