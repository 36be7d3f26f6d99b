#include "kernel/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
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

TEST(InBackground, HasNoneOfTheCallersDescriptors) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]);
  inBackground([] { raise(SIGSTOP); });
  close(ends[1]);
  int status = 0;
  const pid_t child = waitpid(-1, &status, WUNTRACED);
  ASSERT_GT(child, 0);
  EXPECT_TRUE(WIFSTOPPED(status));
  pollfd end{reading.get(), 0, 0};
  EXPECT_EQ(poll(&end, 1, 0), 1) << "the pipe's other end is still open";
  EXPECT_EQ(getsid(child), child);
  kill(child, SIGKILL);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(InBackground, TellsByItsExitStatusWhetherTheStepWentThrough) {
  for (const bool fails : {false, true}) {
    inBackground([&] {
      if (fails) {
        throw Error(ErrorKind::internal, "lost");
      }
    });
    int status = 0;
    ASSERT_GT(wait(&status), 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), fails ? 1 : 0);
  }
}

}  // namespace
