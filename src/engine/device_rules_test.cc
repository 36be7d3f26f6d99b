#include "engine/device_rules.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace engine {
namespace {

TEST(DeviceRules, OfTheUser) {
  const DeviceRule rule = parseDeviceRule("c 10:* rw");
  EXPECT_EQ(rule.type, "c");
  EXPECT_EQ(rule.major, 10U);
  EXPECT_FALSE(rule.minor);
  EXPECT_EQ(rule.access, "rw");
  for (const char* bad : {"", "c", "c 10:*", "d 10:1 r", "c 10 r", "c 10:x r", "c 10:1 rx",
                          "c 10:1 ", "c -1:1 r", "c 10:1 rwm more"}) {
    EXPECT_THROW(parseDeviceRule(bad), Error) << bad;
  }
}

TEST(DeviceRules, AreNeededOnlyWhereSomethingDependsOnThem) {
  ContainerSpec spec;
  EXPECT_FALSE(deviceRules(spec, {}));
  spec.devices = {"/dev/null:/dev/x", "/dev/zero:/dev/y:rwm"};
  EXPECT_FALSE(deviceRules(spec, {}));
  EXPECT_TRUE(deviceRules(spec, {"/dev/full:/dev/z:r"}));
  spec.devices = {"/dev/full:r"};
  const auto rules = deviceRules(spec, {});
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->back().access, "r");
  EXPECT_EQ(rules->back().minor, 7U);
  spec.devices.clear();
  spec.capAdd = {"MKNOD"};
  EXPECT_TRUE(deviceRules(spec, {}));
  spec.privileged = true;
  EXPECT_FALSE(deviceRules(spec, {}));
}

}  // namespace
}  // namespace engine
