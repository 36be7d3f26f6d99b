#include "engine/trash.h"

#include <gtest/gtest.h>

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
  TestDir directory_;
};

TEST_F(TrashTest, TakesADirectoryAwayAtOnceAndDeletesItLater) {
  Trash trash(place());
  EXPECT_FALSE(trash.used());
  trash.add(old());
  EXPECT_TRUE(trash.used());
  EXPECT_FALSE(std::filesystem::exists(old()));
  EXPECT_TRUE(std::filesystem::exists(place() / "old/upper/deep/file"));
  trash.empty();
  EXPECT_TRUE(std::filesystem::is_empty(place()));
}

TEST_F(TrashTest, DeletesWhatAnEarlierProcessLeft) {
  std::filesystem::create_directories(place() / "left/by/one/that/was/killed");
  Trash trash(place());
  trash.add(old());
  trash.empty();
  EXPECT_TRUE(std::filesystem::is_empty(place()));
}

TEST_F(TrashTest, WhatIsNotThereIsNoError) {
  Trash trash(place());
  trash.add(directory_.path() / "containers/never");
  trash.empty();
  EXPECT_TRUE(std::filesystem::exists(old()));
}

}  // namespace
}  // namespace engine
