#include "engine/summary.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

TEST(PodStatus, FollowsTheContainersAndPause) {
  EXPECT_EQ(podStatus({}), "Created");
  EXPECT_EQ(podStatus({"created", "created"}), "Created");
  EXPECT_EQ(podStatus({"running", "running"}), "Running");
  EXPECT_EQ(podStatus({"running", "stopping"}), "Running");
  EXPECT_EQ(podStatus({"exited", "running"}), "Degraded");
  EXPECT_EQ(podStatus({"created", "running"}), "Degraded");
  EXPECT_EQ(podStatus({"paused", "running"}), "Degraded");
  EXPECT_EQ(podStatus({"paused", "paused"}), "Paused");
  EXPECT_EQ(podStatus({"exited", "exited"}), "Exited");
  EXPECT_EQ(podStatus({"created", "exited"}), "Stopped");
}

TEST(PodStatus, APauseProcessHasLivedOnceAKeeperWasRecorded) {
  LivePod pod;
  EXPECT_EQ(infraState(pod).status, "created");
  pod.record.row.keeper = store::KeeperIdentity{"boot", 1, 2};
  EXPECT_EQ(infraState(pod).status, "exited");
  pod.sandbox = keeper::SandboxState{};
  pod.sandbox->status = "paused";
  pod.sandbox->pause = 5;
  EXPECT_EQ(infraState(pod).status, "paused");
  EXPECT_EQ(infraState(pod).pid, 5);
}

TEST(InfraId, IsThePodsOwnAndStable) {
  const std::string pod = "0123456789abcdef";
  EXPECT_EQ(infraId(pod), "fedcba9876543210");
  EXPECT_NE(infraId(pod), pod);
  EXPECT_EQ(infraId(infraId(pod)), pod);
}

}  // namespace
}  // namespace engine
