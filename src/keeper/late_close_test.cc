#include "keeper/late_close.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace keeper {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  /// All copies of the writing end are closed.
  bool hasEnded() const {
    pollfd end{reading.get(), 0, 0};
    return poll(&end, 1, 60'000) == 1;
  }
  bool isOpen() const {
    pollfd end{reading.get(), 0, 0};
    return poll(&end, 1, 0) == 0;
  }

  UniqueFd reading, writing;
};

TEST(LateClose, ClosesWhatWasAdded) {
  LateClose late;
  Pipe one, two;
  late.add(std::move(one.writing), std::move(two.writing));
  late.add({}, {});
  EXPECT_TRUE(one.isOpen() && two.isOpen());
  late.flush();
  EXPECT_TRUE(one.hasEnded());
  EXPECT_TRUE(two.hasEnded());
}

TEST(LateClose, TheProcessThatClosesHoldsNothingElse) {
  LateClose late;
  Pipe added, other;
  late.add(std::move(added.writing), {});
  late.flush();
  other.writing.reset();
  EXPECT_TRUE(other.hasEnded());
}

}  // namespace
}  // namespace keeper
