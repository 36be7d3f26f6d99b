#include "kube/qos.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kube {
namespace {

constexpr std::int64_t mebibyte = 1 << 20;

Demand demand(Amounts requests, Amounts limits) {
  return {requests, limits};
}
Demand same(std::int64_t cpu, std::int64_t memory) {
  return demand({cpu, memory}, {cpu, memory});
}

TEST(Qos, TheClassesAreKubernetes) {
  using enum QosClass;
  struct Case {
    std::vector<Demand> containers;
    QosClass expected;
  };
  const std::vector<Case> table{
      {{{}}, bestEffort},
      {{{}, {}}, bestEffort},
      {{same(500, 64 * mebibyte)}, guaranteed},
      {{same(500, 64 * mebibyte), same(1, 1)}, guaranteed},
      {{same(500, 64 * mebibyte), {}}, burstable},          // one without anything
      {{same(500, 0)}, burstable},                          // no memory
      {{same(0, 64 * mebibyte)}, burstable},                // no cpu
      {{same(500, 0), same(0, 64 * mebibyte)}, burstable},  // both, but not each
      {{demand({100, mebibyte}, {})}, burstable},
      {{demand({100, mebibyte}, {200, mebibyte})}, burstable},
      {{demand({}, {200, mebibyte})}, burstable},
      {{demand({1, 0}, {})}, burstable},
  };
  for (const Case& one : table) {
    EXPECT_EQ(qosClassOf(one.containers), one.expected) << &one - table.data();
  }
}

TEST(Qos, AContainersLimits) {
  Resources resources = containerResources(demand({250, mebibyte}, {1500, 64 * mebibyte}));
  EXPECT_EQ(resources.cpuShares, 256U);
  EXPECT_EQ(resources.cpuQuota, 150'000);
  EXPECT_EQ(resources.cpuPeriod, 100'000U);
  EXPECT_EQ(resources.memory, 64 * mebibyte);
  EXPECT_EQ(resources.memorySwap, 64 * mebibyte);

  resources = containerResources({});
  EXPECT_EQ(resources.cpuShares, 2U);
  EXPECT_FALSE(resources.cpuQuota || resources.cpuPeriod || resources.memory);

  resources = containerResources(same(1, 0));
  EXPECT_EQ(resources.cpuShares, 2U);
  EXPECT_EQ(resources.cpuQuota, 1000);
  EXPECT_EQ(containerResources(same(1'000'000'000'000, 0)).cpuShares, 262144U);
}

TEST(Qos, APodsLimitsAreTheSum) {
  const std::vector<Demand> containers{same(500, 64 * mebibyte), same(1000, 32 * mebibyte)};
  const Resources resources = podResources(QosClass::guaranteed, containers);
  EXPECT_EQ(resources.cpuShares, 1536U);
  EXPECT_EQ(resources.cpuQuota, 150'000);
  EXPECT_EQ(resources.memory, 96 * mebibyte);
}

TEST(Qos, APodIsNotLimitedWhereOneContainerIsNot) {
  const std::vector<Demand> containers{demand({100, mebibyte}, {200, 2 * mebibyte}),
                                       demand({100, 0}, {0, 4 * mebibyte})};
  const Resources resources = podResources(QosClass::burstable, containers);
  EXPECT_EQ(resources.cpuShares, 204U);
  EXPECT_FALSE(resources.cpuQuota);
  EXPECT_EQ(resources.memory, 6 * mebibyte);
}

TEST(Qos, HugePagesAreAddedUpBySize) {
  Demand one = same(100, mebibyte), two = same(100, mebibyte);
  one.hugepages = {{"2MB", 4 * mebibyte}, {"1GB", 1024 * mebibyte}};
  two.hugepages = {{"2MB", 2 * mebibyte}};
  EXPECT_EQ(containerResources(two).hugetlb, two.hugepages);
  EXPECT_EQ(podResources(QosClass::guaranteed, {one, two}).hugetlb,
            (std::map<std::string, std::int64_t>{{"2MB", 6 * mebibyte}, {"1GB", 1024 * mebibyte}}));
}

TEST(Qos, ABestEffortPodHasTheLeastShares) {
  const Resources resources = podResources(QosClass::bestEffort, {{}, {}});
  EXPECT_EQ(resources.cpuShares, 2U);
  EXPECT_FALSE(resources.cpuQuota || resources.memory);
}

TEST(Qos, ASumThatDoesNotFitIsRefused) {
  const Demand huge = same(0, INT64_MAX);
  EXPECT_THROW(podResources(QosClass::burstable, {huge, huge}), Error);
}

TEST(Qos, WhoIsKilledFirst) {
  constexpr std::uint64_t capacity = 1000 * mebibyte;
  const auto burstable = [](std::int64_t memory) {
    return oomScoreAdjOf(QosClass::burstable, demand({0, memory}, {}), capacity);
  };
  EXPECT_EQ(oomScoreAdjOf(QosClass::guaranteed, {}, capacity), -997);
  EXPECT_EQ(oomScoreAdjOf(QosClass::bestEffort, {}, capacity), 1000);
  EXPECT_EQ(burstable(0), 999);
  EXPECT_EQ(burstable(100 * mebibyte), 900);
  EXPECT_EQ(burstable(1000 * mebibyte), 3);
  EXPECT_EQ(burstable(INT64_MAX), 3);
}

}  // namespace
}  // namespace kube
