#include "kernel/cgroup/devices.h"

#include <fcntl.h>

#include "kernel/cgroup/test_cgroup.h"

namespace cgroup_test {
namespace {

DeviceRule ruleOf(bool allow, std::optional<unsigned> major, std::optional<unsigned> minor,
                  const std::string& access) {
  return {allow, "c", major, minor, access};
}

/// What open(2) of the device says to a process in the node: 0 or the errno.
int openedIn(const Cgroup& node, const char* device, int flags) {
  Inhabitant process(node, [&] {
    const int fd = open(device, flags | O_CLOEXEC);
    return fd < 0 ? errno : 0;
  });
  return process.wait().code;
}

TEST_P(CgroupTest, DevicesAreOpenedAsTheRulesSay) {
  constexpr unsigned memory = 1, null = 3, zero = 5;
  const auto node = open("/devices");
  CgroupLimits limits;
  limits.devices =
      std::vector<DeviceRule>{ruleOf(true, memory, zero, "r"), ruleOf(true, memory, null, "rwm")};
  node->create(limits);
  EXPECT_EQ(openedIn(*node, "/dev/zero", O_RDONLY), 0);
  EXPECT_EQ(openedIn(*node, "/dev/zero", O_RDWR), EPERM);
  EXPECT_EQ(openedIn(*node, "/dev/zero", O_WRONLY), EPERM);
  EXPECT_EQ(openedIn(*node, "/dev/null", O_RDWR), 0);
  EXPECT_EQ(openedIn(*node, "/dev/full", O_RDONLY), EPERM);
}

TEST_P(CgroupTest, ALaterRuleAboutDevicesWins) {
  if (!layout_->mount("")) {
    GTEST_SKIP() << "the devices controller of v1 has its own order";
  }
  constexpr unsigned memory = 1, zero = 5;
  const auto node = open("/devices");
  CgroupLimits limits;
  limits.devices =
      std::vector<DeviceRule>{ruleOf(true, memory, {}, "rwm"), ruleOf(false, memory, zero, "w")};
  node->create(limits);
  EXPECT_EQ(openedIn(*node, "/dev/zero", O_RDONLY), 0);
  EXPECT_EQ(openedIn(*node, "/dev/zero", O_RDWR), EPERM);
  EXPECT_EQ(openedIn(*node, "/dev/full", O_RDWR), 0);
}

}  // namespace
}  // namespace cgroup_test
