#include "kernel/mount.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "kernel/pidfd.h"
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
    makeOverlay(parts()).attach(here().get());
    checkOverlay();
  });
}

TEST_F(MountTest, OverlayInTheWayOfOldKernels) {
  const Path before = std::filesystem::current_path();
  apart([&] {
    makeOverlayByDescriptors(parts()).attach(here().get());
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
    makeOverlayByDescriptors(many).attach(here().get());
    EXPECT_TRUE(std::filesystem::exists(base_ / "here/file0"));
    EXPECT_TRUE(std::filesystem::exists(base_ / "here/file99"));
  });
}

TEST_F(MountTest, VolatileOverlayCanBeMountedAgain) {
  OverlayParts thrownAway = parts();
  thrownAway.volatileUpper = true;
  for (int i = 0; i < 2; ++i) {
    apart([&] { makeOverlay(thrownAway); });
  }
}

TEST_F(MountTest, MissingLayerIsNamed) {
  OverlayParts broken = parts();
  broken.layers.push_back(base_ / "none");
  apart([&] {
    try {
      makeOverlay(broken);
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

/// Where something is mounted in the namespace of the caller, as seen from its root.
std::vector<std::string> places() {
  const UniqueFd table =
      RootDir(FileSystem("proc").mount(0).release()).open("self/mountinfo", O_RDONLY);
  std::string text(65536, '\0');
  text.resize(
      static_cast<std::size_t>(std::max<ssize_t>(0, read(table.get(), text.data(), text.size()))));
  std::vector<std::string> found;
  for (const std::string& line : split(trim(text), '\n')) {
    found.push_back(split(line, ' ').at(4));
  }
  return found;
}

TEST_F(MountTest, TheRootIsReplacedAndNothingIsLeftOfTheOldOne) {
  apart([&] {
    replaceRoot(FileSystem("tmpfs").mount(0));
    EXPECT_TRUE(std::filesystem::is_empty("/"));
    EXPECT_EQ(std::filesystem::current_path(), "/");
    EXPECT_EQ(places(), std::vector<std::string>{"/"});
    // What is mounted is this namespace's, and a process that enters it has the same root.
    std::filesystem::create_directory("/below");
    FileSystem("tmpfs").mount(0).attach(UniqueFd(open("/below", O_PATH | O_CLOEXEC)).get());
    ASSERT_EQ(setns(openPidfd(getpid()).get(), CLONE_NEWNS), 0);
    EXPECT_TRUE(std::filesystem::exists("/below"));
    EXPECT_EQ(places(), (std::vector<std::string>{"/", "/below"}));
  });
  EXPECT_TRUE(std::filesystem::exists(base_ / "low"));
}

TEST_F(MountTest, ARootThatIsLockedIsReplacedToo) {
  runApart(
      [&] {
        setPropagation("/", MS_PRIVATE);
        // What comes from a more privileged namespace cannot be unmounted.
        ASSERT_EQ(umount2("/", MNT_DETACH), -1);
        replaceRoot(FileSystem("tmpfs").mount(0));
        EXPECT_TRUE(std::filesystem::is_empty("/"));
        EXPECT_EQ(std::filesystem::current_path(), "/");
      },
      CLONE_NEWNS | CLONE_NEWUSER);
}

}  // namespace
