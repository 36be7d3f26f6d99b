#include "base/shared_work.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace {

TEST(SharedWork, EachStepIsDoneOnce) {
  for (const std::size_t count : {0, 1, 15, 16, 500}) {
    SharedWork work;
    std::vector<int> done(2 * count);
    for (std::size_t at = 0; at < count; ++at) {
      work.add([&done, at] { ++done[at]; });
    }
    work.finish();
    for (std::size_t at = count; at < 2 * count; ++at) {
      work.add([&done, at] { ++done[at]; });
    }
    work.close();
    work.finish();
    EXPECT_EQ(done, std::vector<int>(2 * count, 1));
  }
}

TEST(SharedWork, AFailureIsTheCallersWhenAllElseIsDone) {
  for (const std::size_t count : {1, 100}) {
    for (std::size_t failing = 0; failing < count; failing += 9) {
      SharedWork work;
      std::vector<int> done(count);
      for (std::size_t at = 0; at < count; ++at) {
        work.add([&done, at, failing] {
          ++done[at];
          if (at == failing) {
            throw std::runtime_error("x");
          }
        });
      }
      EXPECT_THROW(work.finish(), std::runtime_error);
      EXPECT_EQ(done, std::vector<int>(count, 1));
    }
  }
}

TEST(SharedWork, WhatWasNotBegunIsLeftWithTheObject) {
  std::vector<int> done(1000);
  {
    SharedWork work;
    for (int& one : done) {
      work.add([&one] { ++one; });
    }
  }
  for (const int one : done) {
    EXPECT_LE(one, 1);
  }
}

}  // namespace
