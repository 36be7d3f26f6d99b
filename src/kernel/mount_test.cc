#include "kernel/mount.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "base/error.h"
#include "kernel/process.h"
#include "kernel/rootdir.h"

namespace {

class MountTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root to mount";
    }
    char name[] = "/tmp/peapod-mount-XXXXXX";
    base_ = mkdtemp(name);
    for (const char* part : {"low", "mid", "upper", "work", "here"}) {
      std::filesystem::create_directory(base_ / part);
    }
    replaceFile(base_ / "low/both", "low");
    replaceFile(base_ / "mid/both", "mid");
    replaceFile(base_ / "low/lower", "low");
  }
  void TearDown() override {
    if (!base_.empty()) {
      removeTree(base_);
    }
  }
  /// In a mount namespace that nothing leaves.
  void apart(const std::function<void()>& step) {
    runApart(
        [&] {
          setPropagation("/", MS_PRIVATE);
          step();
        },
        CLONE_NEWNS);
  }
  OverlayParts parts() const {
    return {{base_ / "low", base_ / "mid"}, base_ / "upper", base_ / "work"};
  }
  void checkOverlay() const {
    EXPECT_EQ(readFile(base_ / "here/both"), "mid");
    EXPECT_EQ(readFile(base_ / "here/lower"), "low");
    replaceFile(base_ / "here/new", "new");
    EXPECT_EQ(readFile(base_ / "upper/new"), "new");
  }
  UniqueFd here() const { return UniqueFd(open((base_ / "here").c_str(), O_PATH | O_CLOEXEC)); }
  Path base_;
};

TEST_F(MountTest, OverlayShowsTheHighestLayerAndWritesAbove) {
  apart([&] {
    mountOverlay(parts(), base_ / "here");
    checkOverlay();
  });
}

TEST_F(MountTest, OverlayInTheWayOfOldKernels) {
  const Path before = std::filesystem::current_path();
  apart([&] {
    mountOverlayByDescriptors(parts(), base_ / "here");
    checkOverlay();
    EXPECT_EQ(std::filesystem::current_path(), before);
  });
}

TEST_F(MountTest, OldWayTakesManyLayersWithLongPaths) {
  OverlayParts many = parts();
  const std::string longName(200, 'x');
  for (int i = 0; i < 100; ++i) {
    const Path layer = base_ / (longName + std::to_string(i));
    std::filesystem::create_directory(layer);
    replaceFile(layer / ("file" + std::to_string(i)), "x");
    many.layers.push_back(layer);
  }
  apart([&] {
    mountOverlayByDescriptors(many, base_ / "here");
    EXPECT_TRUE(std::filesystem::exists(base_ / "here/file0"));
    EXPECT_TRUE(std::filesystem::exists(base_ / "here/file99"));
  });
}

TEST_F(MountTest, VolatileOverlayCanBeMountedAgain) {
  OverlayParts thrownAway = parts();
  thrownAway.volatileUpper = true;
  for (int i = 0; i < 2; ++i) {
    apart([&] { mountOverlay(thrownAway, base_ / "here"); });
  }
}

TEST_F(MountTest, MissingLayerIsNamed) {
  OverlayParts broken = parts();
  broken.layers.push_back(base_ / "none");
  apart([&] {
    try {
      mountOverlay(broken, base_ / "here");
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("none"), std::string::npos) << error.what();
    }
  });
}

TEST_F(MountTest, AttributesAndDetachedClones) {
  apart([&] {
    FileSystem tmpfs("tmpfs");
    tmpfs.set("size", "1m");
    const DetachedMount mount = tmpfs.mount(MOUNT_ATTR_NOSUID);
    mount.attach(here().get());
    replaceFile(base_ / "here/file", "x");
    const DetachedMount copy = DetachedMount::clone(AT_FDCWD, (base_ / "here").native(), false);
    copy.change({MOUNT_ATTR_RDONLY, 0, 0}, false);
    struct statvfs status {};
    ASSERT_EQ(fstatvfs(copy.fd(), &status), 0);
    EXPECT_TRUE((status.f_flag & ST_RDONLY) != 0 && (status.f_flag & ST_NOSUID) != 0);
    EXPECT_EQ(openat(copy.fd(), "file", O_WRONLY | O_CLOEXEC), -1);
    EXPECT_EQ(errno, EROFS);
    const UniqueFd writable(open((base_ / "here/file").c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_TRUE(writable);
  });
}

TEST_F(MountTest, ErrorsTellTheKernelsReason) {
  try {
    FileSystem("tmpfs").set("nonsense", "1");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), EINVAL);
    EXPECT_NE(std::string(error.what()).find("Unknown parameter"), std::string::npos)
        << error.what();
  }
  try {
    const FileSystem none("nonsensefs");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

TEST_F(MountTest, PivotRootLeavesTheOldRootBehind) {
  apart([&] {
    FileSystem tmpfs("tmpfs");
    const DetachedMount root = tmpfs.mount(0);
    root.attach(here().get());
    pivotRoot(root.fd());
    EXPECT_TRUE(std::filesystem::is_empty("/"));
  });
}

}  // namespace
