#include "kernel/cgroup/io_weight.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"

namespace {

/// A directory that stands for /sys, with two disks and a partition of the first.
class FakeDisks : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "sys-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    sys_ = pattern;
    for (const char* disk : {"sda", "sdb"}) {
      std::filesystem::create_directories(sys_ / "block" / disk / "queue");
    }
    std::filesystem::create_directories(sys_ / "block/sda/sda1");
    std::filesystem::create_directories(sys_ / "dev/block");
    std::filesystem::create_directory_symlink(sys_ / "block/sda", sys_ / "dev/block/8:0");
    std::filesystem::create_directory_symlink(sys_ / "block/sda/sda1", sys_ / "dev/block/8:1");
    std::filesystem::create_directory_symlink(sys_ / "block/sdb", sys_ / "dev/block/8:16");
    schedule("sda", "none [mq-deadline] bfq");
    schedule("sdb", "[none] mq-deadline bfq");
  }
  void TearDown() override { std::filesystem::remove_all(sys_); }

  void schedule(const std::string& disk, const std::string& schedulers) const {
    std::ofstream(sys_ / "block" / disk / "queue/scheduler") << schedulers << '\n';
  }
  /// What is said against the weights; empty: nothing.
  std::string refusal(const CgroupLimits& limits, const Path& costFile = {}) const {
    try {
      refuseIdleWeights("/pod", limits, costFile, sys_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
      return error.what();
    }
    return "";
  }

  static CgroupLimits ofAll(std::uint64_t weight) {
    CgroupLimits limits;
    limits.ioWeight = weight;
    return limits;
  }
  static CgroupLimits of(unsigned minor, std::uint64_t weight = 200) {
    CgroupLimits limits;
    limits.io = {{"weight", 8, minor, weight}};
    return limits;
  }

  Path sys_;
};

TEST_F(FakeDisks, WeightsThatNoSchedulerCarriesOutAreRefused) {
  EXPECT_NE(refusal(ofAll(300)).find("no block device has it"), std::string::npos);
  EXPECT_NE(refusal(of(16)).find("8:16"), std::string::npos);
  EXPECT_EQ(refusal(ofAll(0)), "");  // takes a weight away
  EXPECT_EQ(refusal(of(16, 0)), "");
  CgroupLimits rate;
  rate.io = {{"rbps", 8, 16, 4096}};
  EXPECT_EQ(refusal(rate), "");
}

TEST_F(FakeDisks, BfqHasThemForItsDiskAndItsPartitions) {
  schedule("sda", "none mq-deadline [bfq]");
  EXPECT_EQ(refusal(ofAll(300)), "");
  EXPECT_EQ(refusal(of(0)), "");
  EXPECT_EQ(refusal(of(1)), "");
  EXPECT_NE(refusal(of(16)), "");
}

TEST_F(FakeDisks, BlkIocostHasThemWhereItIsEnabled) {
  const Path cost = sys_ / "io.cost.qos";
  std::ofstream(cost) << "8:0 enable=0 ctrl=auto\n8:16 enable=1 ctrl=user\n";
  EXPECT_EQ(refusal(ofAll(300), cost), "");
  EXPECT_EQ(refusal(of(16), cost), "");
  EXPECT_NE(refusal(of(0), cost), "");
}

}  // namespace
