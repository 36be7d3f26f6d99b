#include "kernel/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>

#include <filesystem>

#include "base/error.h"

namespace {

std::string namespaceLink(const char* name) {
  return std::filesystem::read_symlink(cat("/proc/thread-self/ns/", name)).native();
}

TEST(CloneProcess, GivesAPidfdToWaitOn) {
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    _exit(7);
  }
  EXPECT_EQ(waitForExit(child.pidfd.get()).code, 7);
}

TEST(CloneProcess, SignalEndsAs128PlusItsNumber) {
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    pause();
    _exit(0);
  }
  EXPECT_FALSE(reapIfEnded(child.pidfd.get()));
  kill(child.pid, SIGKILL);
  const ExitStatus status = waitForExit(child.pidfd.get());
  EXPECT_EQ(status.code, 128 + SIGKILL);
  EXPECT_EQ(status.signal, SIGKILL);
}

TEST(CloneProcess, StartsOutsideWhereTheCgroupIsNone) {
  const UniqueFd notACgroup(open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Child child = cloneProcess({.cgroup = notACgroup.get()});
  if (child.pid == 0) {
    _exit(child.inCgroup ? 1 : 0);
  }
  EXPECT_FALSE(child.inCgroup);
  EXPECT_EQ(waitForExit(child.pidfd.get()).code, 0);
}

TEST(CloneProcess, NamesTheErrno) {
  try {
    const Child child = cloneProcess({.flags = CLONE_NEWNS | CLONE_FS});
    if (child.pid == 0) {
      _exit(0);
    }
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), EINVAL);
  }
}

TEST(RunApart, LeavesDescriptorsAndResultsButNotTheNamespace) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root to make a network namespace";
  }
  const std::string before = namespaceLink("net");
  std::string inside;
  UniqueFd fd;
  runApart([&] {
    if (unshare(CLONE_NEWNET) != 0) {
      throw systemError("unshare");
    }
    inside = namespaceLink("net");
    fd.reset(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  });
  EXPECT_EQ(namespaceLink("net"), before);
  EXPECT_NE(inside, before);
  ASSERT_TRUE(fd);
  EXPECT_EQ(std::filesystem::read_symlink(cat("/proc/self/fd/", fd.get())).native(), inside);
}

TEST(RunApart, StartsInNewNamespacesWhereAsked) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root to make a uts namespace";
  }
  std::string inside;
  runApart([&] { inside = namespaceLink("uts"); }, CLONE_NEWUTS);
  EXPECT_NE(inside, namespaceLink("uts"));
}

TEST(RunApart, ThrowsWhatTheStepThrew) {
  EXPECT_THROW(runApart([] { throw Error(ErrorKind::in_use, "taken"); }), Error);
  EXPECT_THROW(runApart([] { kill(getpid(), SIGKILL); }), Error);
}

TEST(RunApart, LeavesNoChildBehind) {
  runApart([] {});
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
