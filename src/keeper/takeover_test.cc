#include <gtest/gtest.h>

#include "keeper/test_keeper.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

class TakeOverTest : public KeeperTest {
 protected:
  void killKeeper(const SandboxConfig& sandbox) {
    ASSERT_FALSE(keepers.empty());
    ::kill(keepers.back().first, SIGKILL);
    ASSERT_TRUE(gone(sandbox));
  }
  void stopTaken(const SandboxConfig& sandbox) {
    if (auto keeper = Client::connect(layout, sandbox.id)) {
      keeper->stopSandbox(0);
    }
  }
};

TEST_F(TakeOverTest, GoesOnWithAPodsLogsInputAndExitCodes) {
  const auto sandbox = pod();
  auto config = container(sandbox, {"sh", "-c", "echo one; read x; echo got $x; exit 8"});
  config.stdinOpen = true;
  const auto pid = [&] {
    Client keeper = started(sandbox);
    return keeper.start(config).pid;
  }();
  ASSERT_TRUE(logged(config, "one"));
  killKeeper(sandbox);
  EXPECT_EQ(readState(layout, config.id)->status, "running");
  EXPECT_TRUE(readSandboxState(layout, sandbox.id));
  auto keeper = Client::connect(layout, sandbox.id);
  ASSERT_TRUE(keeper);
  EXPECT_TRUE(keeperRuns(layout, sandbox.id));
  EXPECT_EQ(readState(layout, config.id)->pid, pid);
  Attachment attachment = Client::connect(layout, sandbox.id)->attach(config.id, true);
  attachment.send("word\n");
  const Conversation said = listen(attachment);
  EXPECT_EQ(said.out, "got word\n");
  EXPECT_EQ(said.exitCode, 8) << "the kernel tells it from 6.15 on";
  EXPECT_EQ(keeper->wait(config.id).exitCode, 8);
  EXPECT_NE(log(config).find("got word"), std::string::npos);
  stopTaken(sandbox);
}

TEST_F(TakeOverTest, LearnsWhatEndedMeanwhile) {
  const auto sandbox = pod();
  auto config = container(sandbox, {"sh", "-c", "read x; echo last words; exit 8"});
  config.stdinOpen = true;
  pid_t pid = 0;
  {
    Client keeper = started(sandbox);
    pid = keeper.start(config).pid;
  }
  killKeeper(sandbox);
  ::kill(pid, SIGKILL);
  ASSERT_TRUE(soon([&] { return !startTimeOf(pid); }));
  auto keeper = Client::connect(layout, sandbox.id);
  ASSERT_TRUE(keeper);
  EXPECT_EQ(keeper->wait(config.id).exitCode, 137);
  stopTaken(sandbox);
}

TEST_F(TakeOverTest, GoesOnWithTerminals) {
  const auto sandbox = pod();
  auto config = container(sandbox, {"sh", "-c", "read x; stty size; exit 1"}, true);
  config.stdinOpen = true;
  {
    Client keeper = started(sandbox);
    keeper.start(config);
  }
  killKeeper(sandbox);
  Attachment attachment = Client::connect(layout, sandbox.id)->attach(config.id, true);
  attachment.resize(11, 22);
  attachment.send("\n");
  EXPECT_TRUE(hears(attachment, "11 22"));
  stopTaken(sandbox);
}

TEST_F(TakeOverTest, StartsFurtherContainersAndSurvivesASecondDeath) {
  const auto sandbox = pod();
  const auto first = container(sandbox, {"sh", "-c", "while :; do echo tick; sleep 0.05; done"});
  const auto second = container(sandbox, {"sleep", "1000"});
  {
    Client keeper = started(sandbox);
    keeper.start(first);
  }
  killKeeper(sandbox);
  const auto connectAnew = [&] {
    Client keeper = client(sandbox);
    keeper.startSandbox();
    return keeper;
  };
  {
    Client keeper = connectAnew();
    keeper.start(second);
  }
  ASSERT_EQ(keepers.size(), 2U);
  killKeeper(sandbox);
  Client keeper = connectAnew();
  const auto size = log(first).size();
  EXPECT_TRUE(soon([&] { return log(first).size() > size; }));
  EXPECT_EQ(readState(layout, second.id)->status, "running");
  keeper.stopSandbox(0);
  EXPECT_EQ(readState(layout, first.id)->status, "exited");
  EXPECT_EQ(readState(layout, second.id)->status, "exited");
  EXPECT_FALSE(CgroupLayout::detect().open(sandbox.cgroup)->exists());
}

TEST_F(TakeOverTest, ClearsWhatASingleContainersKeeperLeft) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sleep", "1000"});
  pid_t pid = 0;
  {
    Client keeper = started(sandbox);
    pid = keeper.start(config).pid;
  }
  killKeeper(sandbox);
  EXPECT_FALSE(Client::connect(layout, sandbox.id));
  EXPECT_TRUE(soon([&] { return !startTimeOf(pid); }));
  const auto state = readState(layout, config.id);
  EXPECT_EQ(state->status, "exited");
  EXPECT_NE(state->error.find("keeper died"), std::string::npos);
  EXPECT_FALSE(CgroupLayout::detect().open(config.cgroup)->exists());
  // And it starts again.
  Client keeper = started(sandbox);
  EXPECT_EQ(keeper.start(config).status, "running");
  keeper.stop(config.id, 0);
}

TEST_F(TakeOverTest, ClearsAPodWhosePauseProcessDiedToo) {
  const auto sandbox = pod();
  const auto config = container(sandbox, {"sleep", "1000"});
  pid_t pause = 0;
  {
    Client keeper = client(sandbox);
    pause = keeper.startSandbox().pause;
    keeper.start(config);
  }
  killKeeper(sandbox);
  ::kill(pause, SIGKILL);
  ASSERT_TRUE(soon([&] { return !startTimeOf(pause); }));
  EXPECT_FALSE(readSandboxState(layout, sandbox.id));
  EXPECT_FALSE(Client::connect(layout, sandbox.id));
  EXPECT_EQ(readState(layout, config.id)->status, "exited");
  EXPECT_FALSE(CgroupLayout::detect().open(sandbox.cgroup)->exists());
}

}  // namespace
}  // namespace keeper::test
