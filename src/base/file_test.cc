#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/test_dir.h"

namespace {

template <typename Step>
std::string errorOf(Step&& step) {
  try {
    step();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::size_t entriesOf(const Path& directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) {
    ++count;
  }
  return count;
}

TEST(File, ReadsWhatWasWritten) {
  const TestDir dir;
  const std::string text = std::string(100'000, 'x') + '\0' + "end";
  replaceFile(dir / "file", text);
  EXPECT_EQ(readFile(dir / "file"), text);
  EXPECT_EQ(readFileIfExists(dir / "file"), text);
  EXPECT_NE(readFile("/proc/self/status").find("Name:"), std::string::npos) << "size 0 in stat";
}

TEST(File, AMissingFileIsNamed) {
  const TestDir dir;
  EXPECT_EQ(errorOf([&] { readFile(dir / "none"); }),
            cat("opening ", (dir / "none").native(), ": No such file or directory"));
  EXPECT_FALSE(readFileIfExists(dir / "none"));
  EXPECT_FALSE(readFileIfExists(dir / "none/below"));
  EXPECT_THROW(readFileIfExists(dir.path()), Error) << "a directory is not an absent file";
}

TEST(File, ReplacesInOneStepWithTheModeAskedFor) {
  const TestDir dir;
  const mode_t old = umask(077);
  replaceFile(dir / "file", "one", 0644);
  umask(old);
  const int before = open((dir / "file").c_str(), O_RDONLY | O_CLOEXEC);
  replaceFile(dir / "file", "two", 0600);
  std::array<char, 8> text{};
  EXPECT_EQ(read(before, text.data(), text.size()), 3);
  EXPECT_STREQ(text.data(), "one") << "who had it open keeps the old text";
  struct stat status {};
  ASSERT_EQ(fstat(before, &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
  close(before);
  ASSERT_EQ(stat((dir / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(entriesOf(dir.path()), 1U);
}

TEST(File, AReplacementThatFailsLeavesNothing) {
  const TestDir dir;
  makeDirectories(dir / "taken");
  EXPECT_NE(errorOf([&] { replaceFile(dir / "taken", "x"); }).find("replacing"), std::string::npos);
  EXPECT_EQ(entriesOf(dir.path()), 1U);
  EXPECT_NE(errorOf([&] { replaceFile(dir / "no/file", "x"); }).find("creating"),
            std::string::npos);
}

TEST(File, KnobsMustExist) {
  const TestDir dir;
  EXPECT_THROW(writeKnob(dir / "memory.max", "1"), Error);
  replaceFile(dir / "memory.max", "something longer");
  writeKnob(dir / "memory.max", "12");
  EXPECT_EQ(readFile(dir / "memory.max"), "12");
  EXPECT_NE(errorOf([] {
              writeKnob("/proc/self/oom_score_adj", "nonsense\n");
            }).find("writing \"nonsense\" to /proc/self/oom_score_adj: Invalid argument"),
            std::string::npos);
}

TEST(File, MakesDirectories) {
  const TestDir dir;
  makeDirectories(dir / "a/b/c", 0700);
  makeDirectories(dir / "a/b/c");
  makeDirectories(dir / "a/b/d/");
  struct stat status {};
  ASSERT_EQ(stat((dir / "a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  replaceFile(dir / "file", "");
  EXPECT_NE(errorOf([&] { makeDirectories(dir / "file"); }).find("something else has that name"),
            std::string::npos);
  EXPECT_THROW(makeDirectories(dir / "file/below"), Error);
  std::filesystem::create_symlink("a", dir / "link");
  makeDirectories(dir / "link/b");
}

TEST(RemoveTree, TakesFilesLinksAndTrees) {
  const TestDir dir;
  removeTree(dir / "none");
  removeTree(dir / "none/below");
  replaceFile(dir / "file", "x");
  removeTree(dir / "file");
  makeDirectories(dir / "empty");
  removeTree(dir / "empty/");
  makeDirectories(dir / "tree/a/b");
  replaceFile(dir / "tree/a/b/file", "x");
  ASSERT_EQ(mkfifo((dir / "tree/fifo").c_str(), 0600), 0);
  for (int number = 0; number < 1000; ++number) {
    replaceFile(dir / cat("tree/a/", number), "");
  }
  removeTree(dir / "tree");
  EXPECT_EQ(entriesOf(dir.path()), 0U);
}

TEST(RemoveTree, DoesNotFollowLinks) {
  const TestDir dir;
  makeDirectories(dir / "kept");
  replaceFile(dir / "kept/file", "x");
  makeDirectories(dir / "tree/below");
  std::filesystem::create_symlink(dir / "kept", dir / "tree/below/link");
  std::filesystem::create_symlink(dir / "kept", dir / "toplink");
  removeTree(dir / "tree");
  removeTree(dir / "toplink/");
  EXPECT_EQ(readFile(dir / "kept/file"), "x");
  EXPECT_EQ(entriesOf(dir.path()), 1U);
}

TEST(RemoveTree, TakesTreesDeeperThanAnyPath) {
  const TestDir dir;
  makeDirectories(dir / "tree");
  int at = open((dir / "tree").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Two branches at the bottom, so that what is moved up must not be lost either.
  for (int level = 0; level < 300; ++level) {
    ASSERT_EQ(mkdirat(at, "a directory with a name that is not short", 0755), 0);
    ASSERT_EQ(mkdirat(at, ".removing-1", 0755), 0);
    const int next =
        openat(at, "a directory with a name that is not short", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(at);
    at = next;
  }
  close(openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  close(at);
  removeTree(dir / "tree");
  EXPECT_EQ(entriesOf(dir.path()), 0U);
}

TEST(RemoveTree, StopsAtAMount) {
  if (getuid() != 0) {
    GTEST_SKIP() << "mounting needs root";
  }
  const TestDir dir;
  makeDirectories(dir / "tree/below/mounted");
  makeDirectories(dir / "kept");
  replaceFile(dir / "kept/file", "x");
  // In a mount namespace of its own, so that nothing stays mounted whatever happens.
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount((dir / "kept").c_str(), (dir / "tree/below/mounted").c_str(), nullptr, MS_BIND,
              nullptr) != 0) {
      _exit(2);
    }
    const std::string inner = errorOf([&] { removeTree(dir / "tree"); });
    const std::string outer = errorOf([&] { removeTree(dir / "tree/below/mounted"); });
    const bool right =
        inner.find("/below/mounted: something is mounted there") != std::string::npos &&
        outer.find("busy") != std::string::npos;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
    GTEST_SKIP() << "mounting is not permitted here";
  }
  EXPECT_EQ(status, 0);
  EXPECT_EQ(readFile(dir / "kept/file"), "x");
  removeTree(dir / "tree");
}

TEST(RemoveTree, SaysWhatItCouldNotTake) {
  if (getuid() == 0) {
    const TestDir dir;
    makeDirectories(dir / "tree/below");
    replaceFile(dir / "tree/below/file", "");
    const pid_t child = fork();
    if (child == 0) {
      // Root may remove anything here, so somebody else tries.
      const bool changed = chmod(dir.path().c_str(), 0777) == 0 &&
                           chmod((dir / "tree").c_str(), 0777) == 0 && seteuid(65534) == 0;
      const std::string text = errorOf([&] { removeTree(dir / "tree"); });
      _exit(changed && text.find("/tree/below/file: Permission denied") != std::string::npos ? 0
                                                                                             : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  } else {
    EXPECT_NE(errorOf([] { removeTree("/proc/self"); }), "no error");
  }
}

}  // namespace
