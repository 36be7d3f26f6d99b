#include "engine/update.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

TEST(Update, WhatIsNotNamedStaysAndAZeroTakesAway) {
  Resources before;
  before.memory = 64 << 20;
  before.cpuShares = 512;
  before.pidsLimit = 100;
  Resources change;
  change.memory = 0;
  change.pidsLimit = 200;
  const Resources merged = merge(before, change);
  EXPECT_EQ(merged.cpuShares, 512U);
  EXPECT_EQ(merged.pidsLimit, 200);
  const CgroupLimits limits = changedLimits(change, merged);
  EXPECT_EQ(limits.memoryMax, CgroupLimits::noLimit);
  EXPECT_EQ(limits.swapMax, CgroupLimits::noLimit);
  EXPECT_EQ(limits.pidsMax, 200);
  EXPECT_FALSE(limits.cpuShares);
  EXPECT_FALSE(limits.cpuQuota);
}

TEST(Update, CpusAndAQuotaReplaceEachOther) {
  Resources before;
  before.cpus = 1.5;
  Resources change;
  change.cpuQuota = 20000;
  Resources merged = merge(before, change);
  EXPECT_FALSE(merged.cpus);
  CgroupLimits limits = changedLimits(change, merged);
  EXPECT_EQ(limits.cpuQuota, 20000);
  EXPECT_EQ(limits.cpuPeriod, 100000U);
  Resources back;
  back.cpus = 2;
  merged = merge(merged, back);
  EXPECT_FALSE(merged.cpuQuota);
  limits = changedLimits(back, merged);
  EXPECT_EQ(limits.cpuQuota, 200000);
}

TEST(Update, TheUndoOfAChangeIsWhatThereWas) {
  Resources before;
  before.memory = 64 << 20;
  Resources change;
  change.memory = 128 << 20;
  change.cpus = 1;
  const CgroupLimits undo = changedLimits(change, before);
  EXPECT_EQ(undo.memoryMax, 64 << 20);
  EXPECT_EQ(undo.swapMax, 64 << 20);
  EXPECT_EQ(undo.cpuQuota, CgroupLimits::noLimit);
}

}  // namespace
}  // namespace engine
