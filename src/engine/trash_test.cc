#include "engine/trash.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/test_dir.h"

namespace engine {
namespace {

class TrashTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(old() / "upper/deep");
    replaceFile(old() / "upper/deep/file", "contents");
  }

  Path place() const { return directory_.path() / "trash"; }
  Path old() const { return directory_.path() / "containers/old"; }
  /// The process that deletes is a child of this one.
  static void waitForDeletion() {
    while (wait(nullptr) > 0 || errno == EINTR) {
    }
  }

  TestDir directory_;
};

TEST_F(TrashTest, TakesADirectoryAwayAtOnceAndDeletesItLater) {
  {
    Trash trash(place());
    trash.add(old());
    EXPECT_FALSE(std::filesystem::exists(old()));
    EXPECT_TRUE(std::filesystem::exists(place() / "old/upper/deep/file"));
  }
  waitForDeletion();
  EXPECT_TRUE(std::filesystem::is_empty(place()));
}

TEST_F(TrashTest, DeletesWhatAnEarlierProcessLeft) {
  std::filesystem::create_directories(place() / "left/by/one/that/was/killed");
  {
    Trash trash(place());
    trash.add(old());
  }
  waitForDeletion();
  EXPECT_TRUE(std::filesystem::is_empty(place()));
}

TEST_F(TrashTest, WhatIsNotThereNeedsNoTrash) {
  {
    Trash trash(place());
    trash.add(directory_.path() / "containers/never");
  }
  waitForDeletion();
  EXPECT_TRUE(std::filesystem::exists(old()));
}

TEST_F(TrashTest, TheDeletingProcessKeepsNothingOfItsParentOpen) {
  // While somebody else deletes, ours waits its turn.
  std::filesystem::create_directories(place());
  const UniqueFd turn(open(place().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(flock(turn.get(), LOCK_EX), 0);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd reading(ends[0]);
  {
    Trash trash(place());
    trash.add(old());
  }
  close(ends[1]);
  pollfd end{reading.get(), 0, 0};
  EXPECT_EQ(poll(&end, 1, 60'000), 1) << "the end of the pipe has not come";
  EXPECT_TRUE(std::filesystem::exists(place() / "old"));
  ASSERT_EQ(flock(turn.get(), LOCK_UN), 0);
  waitForDeletion();
  EXPECT_TRUE(std::filesystem::is_empty(place()));
}

}  // namespace
}  // namespace engine
