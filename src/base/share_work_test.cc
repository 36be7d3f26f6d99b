#include "base/share_work.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

TEST(ShareWork, EachStepIsDoneOnce) {
  for (const std::size_t count : {0, 1, 15, 16, 500}) {
    std::vector<int> done(count);
    std::vector<std::function<void()>> steps;
    for (int& one : done) {
      steps.emplace_back([&one] { ++one; });
    }
    shareWork(steps);
    EXPECT_EQ(done, std::vector<int>(count, 1));
  }
}

TEST(ShareWork, AFailureIsTheCallers) {
  for (const std::size_t count : {1, 100}) {
    for (std::size_t failing = 0; failing < count; failing += 9) {
      std::vector<std::function<void()>> steps(count, [] {});
      steps[failing] = [] { throw std::runtime_error("x"); };
      EXPECT_THROW(shareWork(steps), std::runtime_error);
    }
  }
}

}  // namespace
