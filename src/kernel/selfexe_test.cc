#include "kernel/selfexe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "kernel/pidfd.h"
#include "kernel/process.h"
#include "kernel/tty.h"

namespace {

TEST(Program, IsLookedForBesideTheRunningOneOrWhereTheEnvironmentSays) {
  char name[] = "/tmp/peapod-program-XXXXXX";
  const Path base = mkdtemp(name);
  std::filesystem::create_directories(base / "libexec/peapod");
  std::filesystem::create_directories(base / "bin");
  replaceFile(base / "libexec/peapod/helper", "", 0755);
  replaceFile(base / "bin/main", "", 0755);
  for (const char* directory : {"libexec/peapod", "bin"}) {
    setenv("PEAPOD_LIBEXEC", (base / directory).c_str(), 1);
    EXPECT_EQ(std::filesystem::canonical(program("helper")), base / "libexec/peapod/helper");
    EXPECT_EQ(std::filesystem::canonical(program("main")), base / "bin/main");
  }
  unsetenv("PEAPOD_LIBEXEC");
  EXPECT_EQ(program("kernel_test"), std::filesystem::canonical("/proc/self/exe"));
  EXPECT_THROW(program("nonsense"), Error);
  removeTree(base);
}

TEST(SealedProgram, CannotBeWrittenThroughItsProcess) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "needs root to clone a mount";
  }
  char name[] = "/tmp/peapod-sealed-XXXXXX";
  const Path base = mkdtemp(name);
  std::filesystem::copy_file("/bin/sleep", base / "nap");
  const SealedProgram sealed(base / "nap");
  int gate[2];
  ASSERT_EQ(pipe2(gate, O_CLOEXEC), 0);
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    try {
      sealed.execute({"nap", "60"}, {});
    } catch (const Error&) {
      _exit(1);
    }
  }
  close(gate[1]);
  char c = 0;
  EXPECT_EQ(read(gate[0], &c, 1), 0);  // closed by execve
  close(gate[0]);
  EXPECT_EQ(readFile(cat("/proc/", child.pid, "/comm")), "nap\n");
  // The attack: hold the file while it is executed, which forbids writing, and open it anew once it
  // is not.
  const UniqueFd held(open(cat("/proc/", child.pid, "/exe").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(held);
  kill(child.pid, SIGKILL);
  EXPECT_EQ(waitForExit(child.pidfd.get()).signal, SIGKILL);
  EXPECT_EQ(open(cat("/proc/self/fd/", held.get()).c_str(), O_WRONLY | O_CLOEXEC), -1);
  EXPECT_EQ(errno, EROFS);
  removeTree(base);
}

TEST(NotDumpable, IsPutBack) {
  const int before = prctl(PR_GET_DUMPABLE);
  {
    const NotDumpable guard;
    EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  }
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), before);
}

TEST(Pidfd, TakesDescriptorsAndSignals) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    dup2(ends[1], 30);
    pause();
    _exit(0);
  }
  close(ends[1]);
  UniqueFd taken;
  for (int i = 0; i < 1000 && !taken; ++i) {
    try {
      taken = takeDescriptor(child.pidfd.get(), 30);
    } catch (const Error&) {
      usleep(1000);
    }
  }
  ASSERT_TRUE(taken);
  EXPECT_EQ(write(taken.get(), "x", 1), 1);
  char c = 0;
  EXPECT_EQ(read(ends[0], &c, 1), 1);
  close(ends[0]);
  const UniqueFd observer = openPidfd(child.pid);
  EXPECT_FALSE(exitOfReaped(observer.get()));
  EXPECT_TRUE(signalProcess(observer.get(), SIGTERM));
  waitForExit(child.pidfd.get());
  EXPECT_FALSE(signalProcess(observer.get(), SIGTERM));
  // Kernels before 6.15 do not tell; those that do say it was the signal.
  if (const auto end = exitOfReaped(observer.get())) {
    EXPECT_EQ(end->signal, SIGTERM);
    EXPECT_EQ(end->code, 128 + SIGTERM);
  }
  EXPECT_THROW(openPidfd(child.pid), Error);
}

TEST(Terminal, SizeAndRawMode) {
  const UniqueFd devpts(open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC));
  Terminal terminal = openTerminal(devpts.get());
  setWindowSize(terminal.master.get(), {24, 80});
  const auto size = windowSize(terminal.slave.get());
  ASSERT_TRUE(size);
  EXPECT_EQ(size->rows, 24);
  EXPECT_EQ(size->columns, 80);
  EXPECT_GE(terminalNumber(terminal.master.get()), 0);
  termios mode{};
  {
    const RawMode raw(terminal.slave.get());
    tcgetattr(terminal.slave.get(), &mode);
    EXPECT_EQ(mode.c_lflag & (ECHO | ICANON | ISIG), 0U);
  }
  tcgetattr(terminal.slave.get(), &mode);
  EXPECT_NE(mode.c_lflag & ICANON, 0U);
  const UniqueFd notOne(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(windowSize(notOne.get()));
  EXPECT_THROW(RawMode{notOne.get()}, Error);
  const UniqueFd notDevpts(open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_THROW(openTerminal(notDevpts.get()), Error);
}

}  // namespace
