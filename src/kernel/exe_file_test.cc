#include "kernel/exe_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/capability.h"
#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "kernel/selfexe.h"

namespace {

std::string variable = "as it was at the start";  // NOLINT: what is tested is that it is kept

bool isReadOnly(const std::string& path) {
  struct statvfs mount {};
  return statvfs(path.c_str(), &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

/// Where the process has pages of the test program, as proc(5)'s map_files has them.
std::vector<std::string> mappingsOfTheProgram(pid_t pid) {
  std::vector<std::string> links;
  const auto own = std::filesystem::canonical("/proc/self/exe");
  for (const auto& entry : std::filesystem::directory_iterator(cat("/proc/", pid, "/map_files"))) {
    std::error_code unreadable;
    if (std::filesystem::equivalent(entry.path(), own, unreadable)) {
      links.push_back(entry.path());
    }
  }
  return links;
}

/// All that a program does with what has been replaced under it.
bool worksAsBefore() {
  try {
    throw Error(ErrorKind::invalid, variable);
  } catch (const Error& error) {
    return error.what() == std::string("written before");
  }
}

/// A child that has done the steps and waits; it says whether they went well.
struct Wearer {
  Child process;
  bool worked = false;

  explicit Wearer(const std::function<bool()>& steps) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    process = cloneProcess({});
    if (process.pid == 0) {
      const char answer = steps() ? 'y' : 'n';
      _exit(write(ends[1], &answer, 1) == 1 ? pause() : 1);
    }
    close(ends[1]);
    char answer = 0;
    worked = read(ends[0], &answer, 1) == 1 && answer == 'y';
    close(ends[0]);
  }
  ~Wearer() {
    kill(process.pid, SIGKILL);
    waitForExit(process.pidfd.get());
  }
  Wearer(const Wearer&) = delete;
  Wearer& operator=(const Wearer&) = delete;
};

class ExeFile : public testing::Test {
 protected:
  void SetUp() override {
    if ((currentCapabilities().effective & (CapabilityMask{1} << CAP_SYS_ADMIN)) == 0) {
      GTEST_SKIP() << "needs CAP_SYS_ADMIN to clone a mount";
    }
    const UniqueFd self(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    if (!canChangeExeFile(self.get())) {
      GTEST_SKIP() << "needs CONFIG_CHECKPOINT_RESTORE";
    }
    variable = "written before";
  }
};

TEST_F(ExeFile, NothingLeadsToTheWritableOneAnyMore) {
  const SealedSelf seal(nullptr);
  const auto bare = [] { return worksAsBefore(); };
  const auto worn = [&] {
    seal.wear();
    return worksAsBefore();
  };
  const Wearer unsealed(bare);
  EXPECT_TRUE(unsealed.worked);
  EXPECT_FALSE(isReadOnly(cat("/proc/", unsealed.process.pid, "/exe")));
  const Wearer sealed(worn);
  ASSERT_TRUE(sealed.worked);
  EXPECT_TRUE(isReadOnly(cat("/proc/", sealed.process.pid, "/exe")));
  const auto mappings = mappingsOfTheProgram(sealed.process.pid);
  EXPECT_FALSE(mappings.empty());
  for (const std::string& mapping : mappings) {
    EXPECT_TRUE(isReadOnly(mapping)) << mapping;
  }
  // The rest of what the kernel tells of the process is not another one's.
  EXPECT_EQ(readFile(cat("/proc/", sealed.process.pid, "/cmdline")),
            readFile("/proc/self/cmdline"));
}

TEST_F(ExeFile, AnotherFileIsNotTaken) {
  const UniqueFd other(open("/bin/sh", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(canChangeExeFile(other.get()));
}

TEST_F(ExeFile, WithoutTheRightItIsAnErrorAndTheProcessGoesOn) {
  const SealedSelf seal(nullptr);
  const Wearer refused([&] {
    setCapabilities({});
    try {
      seal.wear();
    } catch (const Error& error) {
      return error.code() == EPERM && worksAsBefore();
    }
    return false;
  });
  EXPECT_TRUE(refused.worked);
}

/// For the next one, which executes this program anew to run it.
TEST(ExecutedAnew, DISABLED_RunsFromAReadOnlyMount) {
  EXPECT_TRUE(isReadOnly("/proc/self/exe"));
}

/// The child's exit code where prctl(2) answers `error` to such arguments.
int codeWherePrctlFails(int error, const std::vector<SeccompBuilder::Comparison>& compared) {
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    SeccompBuilder filter("SCMP_ACT_ALLOW", 0);
    filter.add("prctl", "SCMP_ACT_ERRNO", static_cast<unsigned>(error), compared);
    installSeccomp(filter.compile());
    std::vector<std::string> arguments{
        "kernel_test", "--gtest_also_run_disabled_tests",
        "--gtest_filter=ExecutedAnew.DISABLED_RunsFromAReadOnlyMount"};
    const SealedSelf seal(
        std::array<char*, 4>{arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr}
            .data());
    _exit(1);
  }
  return waitForExit(child.pidfd.get()).code;
}

TEST_F(ExeFile, WhereTheKernelHasNoSuchThingTheProgramIsExecutedAnew) {
  EXPECT_EQ(codeWherePrctlFails(EINVAL, {{0, "SCMP_CMP_EQ", PR_SET_MM, 0}}), 0);
}

TEST_F(ExeFile, WhereItIsThereAndRefusedTheProgramIsExecutedAnew) {
  for (const int error : {EPERM, EINVAL, ENOSYS}) {
    EXPECT_EQ(codeWherePrctlFails(
                  error, {{0, "SCMP_CMP_EQ", PR_SET_MM, 0}, {1, "SCMP_CMP_EQ", PR_SET_MM_MAP, 0}}),
              0)
        << error;
  }
}

}  // namespace
