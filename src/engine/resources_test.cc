#include "engine/resources.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace engine {
namespace {

void check(const Resources& resources) {
  checkResources(resources, "0-1\n", "0\n");
}

bool isRefused(const std::function<void(Resources&)>& set) {
  Resources resources;
  set(resources);
  try {
    check(resources);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return true;
  }
  return false;
}

TEST(Resources, RefusesWhatTheKernelWould) {
  EXPECT_TRUE(isRefused([](Resources& r) { r.memory = 1 << 20; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.memory = -5; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.memory = 32 << 20, r.memorySwap = 16 << 20; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.memorySwap = 16 << 20; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.memory = 8 << 20, r.memoryReservation = 9 << 20; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpus = -1; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpus = 0.001; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpus = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpus = 1, r.cpuQuota = 5000; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpuQuota = 10; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpuPeriod = 10; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpuShares = 1; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpusetCpus = "99"; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpusetCpus = "1-0"; }));
  EXPECT_TRUE(isRefused([](Resources& r) { r.cpusetMems = "1"; }));
}

TEST(Resources, TakesWhatTheKernelTakes) {
  EXPECT_FALSE(isRefused([](Resources& r) { r.memory = 6 << 20, r.memorySwap = -1; }));
  EXPECT_FALSE(isRefused([](Resources& r) { r.cpus = 100; }));  // more than there are: no bound
  EXPECT_FALSE(isRefused([](Resources& r) { r.cpus = 0, r.memory = 0, r.pidsLimit = -1; }));
  EXPECT_FALSE(isRefused([](Resources& r) { r.cpusetCpus = "0,1", r.cpusetMems = "0"; }));
}

TEST(Resources, ProcessorsBecomeAQuota) {
  Resources resources;
  resources.cpus = 1.5;
  const CgroupLimits limits = cgroupLimits(resources);
  EXPECT_EQ(limits.cpuQuota, 150000);
  EXPECT_EQ(limits.cpuPeriod, 100000U);
}

TEST(Resources, SwapIsCountedWithoutTheMemory) {
  Resources resources;
  resources.memory = 64 << 20;
  EXPECT_EQ(cgroupLimits(resources).swapMax, 64 << 20);
  resources.memorySwap = 96 << 20;
  EXPECT_EQ(cgroupLimits(resources).swapMax, 32 << 20);
  resources.memorySwap = -1;
  EXPECT_EQ(cgroupLimits(resources).swapMax, CgroupLimits::noLimit);
}

TEST(Resources, ZeroIsNoLimit) {
  Resources resources;
  resources.memory = 0;
  resources.cpus = 0;
  resources.pidsLimit = 0;
  const CgroupLimits limits = cgroupLimits(resources);
  EXPECT_FALSE(limits.memoryMax);
  EXPECT_FALSE(limits.cpuQuota);
  EXPECT_EQ(limits.pidsMax, CgroupLimits::noLimit);
}

TEST(Resources, CpuLists) {
  EXPECT_EQ(parseCpuList("0-2,7"), (std::set<unsigned>{0, 1, 2, 7}));
  for (const char* bad : {"", "a", "1-", "1-2-3", "0-99999999", "-1"}) {
    EXPECT_THROW(parseCpuList(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace engine
