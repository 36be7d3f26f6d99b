#include "engine/usage.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

using namespace std::chrono_literals;

Usage sample(std::chrono::nanoseconds at, std::uint64_t cpuUsec) {
  Usage usage;
  usage.running = true;
  usage.started = 1000s;
  usage.at = at;
  usage.stats.cpuUsec = cpuUsec;
  return usage;
}

TEST(CpuPercent, SinceTheStartAndBetweenTwoSamples) {
  const Usage first = sample(1010s, 5'000'000);
  const Usage second = sample(1012s, 9'000'000);
  EXPECT_DOUBLE_EQ(cpuPercent(first, nullptr), 50);
  EXPECT_DOUBLE_EQ(cpuPercent(second, &first), 200);
}

TEST(CpuPercent, ACountThatBeganAnewAndNoTimeAtAll) {
  const Usage first = sample(1010s, 5'000'000);
  Usage restarted = sample(1014s, 1'000'000);
  restarted.started = 1012s;
  EXPECT_DOUBLE_EQ(cpuPercent(restarted, &first), 50);
  EXPECT_DOUBLE_EQ(cpuPercent(sample(1000s, 0), nullptr), 0);
}

}  // namespace
}  // namespace engine
