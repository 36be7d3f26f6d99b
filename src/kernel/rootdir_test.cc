#include "kernel/rootdir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace {

namespace fs = std::filesystem;

class RootDirTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/peapod-rootdir-XXXXXX";
    base_ = mkdtemp(name);
    fs::create_directory(base_ / "root");
    fs::create_directory(base_ / "outside");
  }
  void TearDown() override { removeTree(base_); }
  Path root() const { return base_ / "root"; }

  Path base_;
};

TEST_F(RootDirTest, MakesDirectoriesWithWhatIsMissingAbove) {
  const RootDir dir = RootDir::open(root().native());
  EXPECT_TRUE(dir.makeDirectory("/a/b/c/"));
  EXPECT_TRUE(dir.makeDirectory("relative/too", 0700));
  EXPECT_TRUE(fs::is_directory(root() / "a/b/c"));
  EXPECT_TRUE(fs::is_directory(root() / "relative/too"));
  EXPECT_TRUE(dir.makeDirectory("/"));
}

TEST_F(RootDirTest, LinksResolveInside) {
  fs::create_symlink("/", root() / "top");
  fs::create_symlink("../../../..", root() / "up");
  fs::create_symlink((base_ / "outside").native(), root() / "absolute");
  const RootDir dir = RootDir::open(root().native());
  dir.makeDirectory("/top/one");
  dir.makeDirectory("/up/two");
  dir.makeDirectory("/absolute/three");
  dir.makeFile("/absolute/file");
  dir.makeDirectory("/../../four");
  EXPECT_TRUE(fs::exists(root() / "one"));
  EXPECT_TRUE(fs::exists(root() / "two"));
  EXPECT_TRUE(fs::exists(root() / "four"));
  EXPECT_TRUE(fs::is_empty(base_ / "outside"));
  EXPECT_TRUE(fs::exists(root().native() + (base_ / "outside/three").native()));
}

TEST_F(RootDirTest, DanglingLinksAreFollowedInside) {
  fs::create_symlink("/run/later", root() / "var");
  fs::create_symlink("/etc/real.conf", root() / "conf");
  const RootDir dir = RootDir::open(root().native());
  dir.makeDirectory("/var/deep");
  dir.makeFile("/conf");
  EXPECT_TRUE(fs::is_directory(root() / "run/later/deep"));
  EXPECT_TRUE(fs::is_regular_file(root() / "etc/real.conf"));
}

TEST_F(RootDirTest, CirclesEndInAnError) {
  fs::create_symlink("/b", root() / "a");
  fs::create_symlink("/a", root() / "b");
  const RootDir dir = RootDir::open(root().native());
  EXPECT_THROW(dir.makeDirectory("/a/x"), Error);
  EXPECT_THROW(dir.makeFile("/a"), Error);
}

TEST_F(RootDirTest, AbsenceIsNoErrorWhereItMayBe) {
  const RootDir dir = RootDir::open(root().native());
  EXPECT_FALSE(dir.tryOpen("/none", O_PATH));
  EXPECT_THROW(dir.open("/none", O_PATH), Error);
  replaceFile(root() / "file", "x");
  EXPECT_FALSE(dir.tryOpen("/file/below", O_PATH));
  EXPECT_THROW(dir.makeDirectory("/file/below"), Error);
}

TEST_F(RootDirTest, FilesThatAreThereStayAsTheyAre) {
  replaceFile(root() / "file", "content");
  const RootDir dir = RootDir::open(root().native());
  EXPECT_TRUE(dir.makeFile("/file"));
  EXPECT_EQ(readFile(root() / "file"), "content");
  EXPECT_TRUE(dir.makeFile("/new/file"));
  EXPECT_EQ(readFile(root() / "new/file"), "");
}

}  // namespace
