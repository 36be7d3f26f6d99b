#include "engine/image_volumes.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace engine {
namespace {

class ImageVolumes : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) {
      GTEST_SKIP() << "copies owners and makes whiteouts: needs root";
    }
    std::string path = testing::TempDir() + "volumes-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    root_ = path;
    makeDirectories(root_ / "low/data/sub");
    makeDirectories(root_ / "high/data");
    replaceFile(root_ / "low/data/a", "low a", 0640);
    replaceFile(root_ / "low/data/sub/b", "low b");
  }
  void TearDown() override { removeTree(root_); }

  Path fill(const std::string& inside = "/data/") {
    fillVolume(root_ / "volume", inside, {root_ / "low", root_ / "high"});
    return root_ / "volume";
  }

  Path root_;
};

TEST_F(ImageVolumes, HasWhatTheImageHasThere) {
  ASSERT_EQ(::chown((root_ / "low/data/a").c_str(), 5, 6), 0);
  ASSERT_EQ(::chmod((root_ / "low/data").c_str(), 01777), 0);
  ::symlink("a", (root_ / "low/data/link").c_str());
  ASSERT_EQ(::chmod((root_ / "high/data").c_str(), 01777), 0);
  const Path volume = fill();
  EXPECT_EQ(readFile(volume / "a"), "low a");
  EXPECT_EQ(readFile(volume / "sub/b"), "low b");
  EXPECT_EQ(std::filesystem::read_symlink(volume / "link"), "a");
  struct stat status {};
  ASSERT_EQ(::stat((volume / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 5U);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  ASSERT_EQ(::stat(volume.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01777U);
}

TEST_F(ImageVolumes, HigherLayersWinAndWhiteoutsHide) {
  replaceFile(root_ / "high/data/a", "high a");
  ASSERT_EQ(::mknod((root_ / "high/data/sub").c_str(), S_IFCHR, makedev(0, 0)), 0);
  const Path volume = fill();
  EXPECT_EQ(readFile(volume / "a"), "high a");
  EXPECT_FALSE(std::filesystem::exists(volume / "sub"));
}

TEST_F(ImageVolumes, AnOpaqueDirectoryHidesAllBelow) {
  ASSERT_EQ(::setxattr((root_ / "high/data").c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  EXPECT_TRUE(std::filesystem::is_empty(fill()));
}

TEST_F(ImageVolumes, AWhiteoutOfTheWholeDirectory) {
  removeTree(root_ / "high/data");
  ASSERT_EQ(::mknod((root_ / "high/data").c_str(), S_IFCHR, makedev(0, 0)), 0);
  EXPECT_TRUE(std::filesystem::is_empty(fill()));
}

TEST_F(ImageVolumes, ALinkInTheImageIsNotFollowed) {
  makeDirectories(root_ / "outside");
  replaceFile(root_ / "outside/secret", "secret");
  ASSERT_EQ(::symlink((root_ / "outside").c_str(), (root_ / "low/way").c_str()), 0);
  EXPECT_TRUE(std::filesystem::is_empty(fill("/way")));
}

}  // namespace
}  // namespace engine
