#include "kernel/cgroup/cgroup.h"

#include <sys/wait.h>

#include <chrono>

#include "kernel/cgroup/test_cgroup.h"
#include "kernel/cgroup/tree.h"

namespace cgroup_test {
namespace {

TEST_P(CgroupTest, RemoveWaitsForKilledProcessesAndTakesAllHierarchies) {
  const auto pod = open("/remove");
  const auto node = open("/remove/one");
  CgroupLimits limits = cpu(50'000, 100'000);
  limits.cpusetCpus = "0";
  pod->create(limits);
  node->create(memory(64 << 20));
  EXPECT_TRUE(pod->exists());
  std::vector<std::unique_ptr<Inhabitant>> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back(std::make_unique<Inhabitant>(*node, sleepLong));
  }
  pod->kill();
  pod->remove();
  EXPECT_FALSE(pod->exists());
  EXPECT_EQ(hierarchiesWith("/remove"), 0U);
  pod->remove();  // gone already
  pod->kill();
}

TEST_P(CgroupTest, RemovingABusyNodeNamesTheProcesses) {
  const auto node = open("/busy");
  node->create({});
  const Inhabitant alive(*node, sleepLong);
  try {
    removeLevels(node->directories().front().second, std::chrono::steady_clock::now());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::in_use);
    EXPECT_NE(std::string(error.what()).find(cat(alive.pid())), std::string::npos) << error.what();
  }
  EXPECT_TRUE(node->exists());
  EXPECT_FALSE(node->removeIfEmpty());
  EXPECT_TRUE(node->exists());
}

TEST_P(CgroupTest, CreateTakesANodeThatIsThereAlready) {
  const auto node = open("/twice");
  node->create(pids(10));
  node->create(pids(20));
  EXPECT_EQ(node->stats().pidsMax, std::optional<std::uint64_t>(20));
}

TEST_P(CgroupTest, ManyMakeAndRemoveBelowOneParentAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 0;
      try {
        for (int round = 0; round < 50; ++round) {
          const auto parent = open("/shared");
          const auto own = open(cat("/shared/", i));
          own->create({});
          own->remove();
          parent->removeIfEmpty();
        }
      } catch (const std::exception& error) {
        dprintf(2, "%s\n", error.what());
        code = 1;
      }
      _exit(code);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = -1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(hierarchiesWith("/shared"), 0U);
}

TEST_P(CgroupTest, PathsThatLeaveTheTreeAreRefused) {
  for (const char* path : {"/peapod-test/../../x", "relative", "", "/", "/.."}) {
    EXPECT_THROW(layout_->open(path), Error) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, CgroupTest, testing::Values("machine", "v1"),
                         [](const auto& layout) { return layout.param; });

}  // namespace
}  // namespace cgroup_test
