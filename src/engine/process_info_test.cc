#include "engine/process_info.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <cstdlib>

namespace engine {
namespace {

class FakeProc : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "proc-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    proc_ = path;
    makeDirectories(proc_ / "77");
    replaceFile(proc_ / "77/stat",
                "77 (a) b) S 5 77 77 34819 77 4194304 1 0 0 0 150 25 0 0 20 -5 1 0 1000 4096000 "
                "250 18446744073709551615\n");
    replaceFile(proc_ / "77/status",
                "Name:\ta) b\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t10 20 \n"
                "NSpid:\t77\t9\t1\nCapEff:\t0000000000000001\n");
    replaceFile(proc_ / "77/cmdline", std::string("sh\0-c\0x\0", 8));
  }
  void TearDown() override { removeTree(proc_); }
  Path proc_;
};

TEST_F(FakeProc, ReadsWhatProcSays) {
  const auto info = readProcess(77, proc_);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->command, "a) b");
  EXPECT_EQ(info->state, "S");
  EXPECT_EQ(info->parent, 5);
  EXPECT_EQ(info->userTicks, 150U);
  EXPECT_EQ(info->systemTicks, 25U);
  EXPECT_EQ(info->nice, -5);
  EXPECT_EQ(info->startTicks, 1000U);
  EXPECT_EQ(info->residentPages, 250U);
  EXPECT_EQ(info->arguments, "sh -c x");
  EXPECT_EQ(info->uids[1], "2");
  EXPECT_EQ(info->groups, (std::vector<std::string>{"10", "20"}));
  EXPECT_EQ(info->namespacePids, (std::vector<pid_t>{77, 9, 1}));
}

TEST_F(FakeProc, AProcessThatHasEndedIsNothing) {
  EXPECT_FALSE(readProcess(78, proc_));
}

TEST(ProcessInfo, DurationsAreGos) {
  EXPECT_EQ(goDuration(0, 100), "0s");
  EXPECT_EQ(goDuration(165, 100), "1.65s");
  EXPECT_EQ(goDuration(150, 100), "1.5s");
  EXPECT_EQ(goDuration(6005, 100), "1m0.05s");
  EXPECT_EQ(goDuration(372300, 100), "1h2m3s");
}

TEST(ProcessInfo, Terminals) {
  EXPECT_EQ(terminalName(0), "?");
  EXPECT_EQ(terminalName(static_cast<long>(makedev(136, 3))), "pts/3");
  EXPECT_EQ(terminalName(static_cast<long>(makedev(137, 1))), "pts/257");
  EXPECT_EQ(terminalName(static_cast<long>(makedev(4, 1))), "4:1");
}

}  // namespace
}  // namespace engine
