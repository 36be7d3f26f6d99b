#pragma once

#include <gtest/gtest.h>

#include "image/layout.h"
#include "image/store.h"
#include "image/test_images.h"

namespace image::test {

/// A store of its own for each test.
class StoreTest : public testing::Test {
 protected:
  using Names = std::vector<std::string>;

  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "unpacking layers needs root";
    }
  }

  Path archive(const Files& files) { return write(directory_ / "archive.tar", pack(files)); }
  Names load(const Files& files) { return store_.load(archive(files)); }
  std::string loadError(const Files& files) {
    const Path path = archive(files);
    return errorOf([&] { store_.load(path); });
  }

  Layout layout() const { return {directory_ / "images"}; }
  static std::size_t count(const Path& directory) {
    std::error_code none;
    const std::filesystem::directory_iterator files(directory, none);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  /// No layer, blob or work is there beyond what is stated.
  void expectStored(std::size_t layers, std::size_t blobs) {
    EXPECT_EQ(count(layout().layers()), layers);
    EXPECT_EQ(count(layout().blobs()), blobs);
    EXPECT_EQ(count(layout().staging()), 0U);
  }

  TestDir directory_;
  Store store_{directory_ / "images"};
};

}  // namespace image::test
