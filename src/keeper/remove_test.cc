#include <gtest/gtest.h>
#include <sys/inotify.h>

#include "keeper/test_keeper.h"
#include "kernel/selfexe.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

/// A program of the name `peapod` beside the keeper that does nothing, and is seen when it is
/// started.
class RemoveTest : public KeeperTest {
 protected:
  void SetUp() override {
    KeeperTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const Path programs = directory.path() / "libexec";
    makeDirectories(programs);
    for (const char* name : {"peapod-keeper", "pause"}) {
      std::filesystem::copy_file(program(name), programs / name);
    }
    std::filesystem::copy_file("/bin/true", programs / "peapod");
    setenv("PEAPOD_LIBEXEC", programs.c_str(), 1);
    opened.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    ASSERT_GE(inotify_add_watch(opened.get(), (programs / "peapod").c_str(), IN_OPEN), 0);
  }
  void TearDown() override {
    unsetenv("PEAPOD_LIBEXEC");
    KeeperTest::TearDown();
  }
  /// As with --rm.
  ContainerConfig thrownAway(const SandboxConfig& sandbox, std::vector<std::string> command) {
    ContainerConfig config = container(sandbox, std::move(command));
    config.remove = true;
    return config;
  }
  bool removerRan(std::chrono::milliseconds limit = 10s) const {
    return readable(opened.get(), limit);
  }
  UniqueFd opened;
};

TEST_F(RemoveTest, IsDoneByTheKeeperOfADetachedContainer) {
  const auto sandbox = single();
  auto config = thrownAway(sandbox, {"true"});
  Client keeper = started(sandbox);
  keeper.start(config);
  keeper.wait(config.id);
  EXPECT_TRUE(removerRan()) << readFile(layout.sandbox(sandbox.id) / "keeper.log");
}

TEST_F(RemoveTest, IsNotDoneWhereTheContainerIsStoppedToBeRestarted) {
  const auto sandbox = single();
  auto config = thrownAway(sandbox, {"sleep", "1000"});
  Client keeper = started(sandbox);
  keeper.start(config);
  keeper.stopForRestart(config.id, 0);
  EXPECT_FALSE(removerRan(50ms));
  Client next = started(sandbox);
  next.start(config);
  next.stop(config.id, 0);
  EXPECT_TRUE(removerRan()) << readFile(layout.sandbox(sandbox.id) / "keeper.log");
}

TEST_F(RemoveTest, IsDoneForAClientThatDied) {
  const auto sandbox = single();
  auto config = thrownAway(sandbox, {"sh", "-c", "read x; read x"});
  config.stdinOpen = true;
  {
    Client keeper = started(sandbox);
    const auto both = keeper.startAttached(config, true);
    EXPECT_FALSE(removerRan(50ms));
  }
  EXPECT_TRUE(removerRan()) << readFile(layout.sandbox(sandbox.id) / "keeper.log");
}

TEST_F(RemoveTest, IsDoneForAClientThatDiesAfterTheEnd) {
  const auto sandbox = pod();
  auto config = thrownAway(sandbox, {"true"});
  {
    Client keeper = started(sandbox);
    auto both = keeper.startAttached(config, false);
    EXPECT_EQ(listen(both.second).exitCode, 0);
    EXPECT_FALSE(removerRan(50ms));
  }
  EXPECT_TRUE(removerRan()) << readFile(layout.sandbox(sandbox.id) / "keeper.log");
  Client::connect(layout, sandbox.id)->killSandbox();
}

TEST_F(RemoveTest, IsLeftToAClientThatLives) {
  const auto sandbox = single();
  auto config = thrownAway(sandbox, {"true"});
  {
    Client keeper = started(sandbox);
    auto both = keeper.startAttached(config, false);
    EXPECT_EQ(listen(both.second).exitCode, 0);
    removeTree(layout.container(config.id));
  }
  EXPECT_TRUE(gone(sandbox));
  EXPECT_FALSE(removerRan(50ms));
}

TEST_F(RemoveTest, OfAPodIsWaitedForWithWhatNobodyElseWaitsFor) {
  const auto sandbox = pod();
  const auto config = container(sandbox, {"sleep", "1000"});
  std::optional<Client> keeper = started(sandbox);
  keeper->start(config);
  const auto [pid, startTime] = keepers.front();
  keeper->requestEnd(0, false);
  keeper->awaitEnd();
  EXPECT_FALSE(keeperRuns(layout, sandbox.id));
  EXPECT_FALSE(CgroupLayout::detect().open(sandbox.cgroup)->exists());
  // A client that dies here leaves a container that has ended, with its exit code.
  const auto state = readState(layout, config.id);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->status, "exited");
  EXPECT_EQ(state->exitCode, 137);
  EXPECT_FALSE(readFileIfExists(exitPath(layout, config.id)));
  // It could be started again by the next keeper, while this one stays for its client.
  EXPECT_EQ(startTimeOf(pid), startTime);
  keeper.reset();
  EXPECT_TRUE(soon([pid = pid] { return !startTimeOf(pid); }));
}

/// A pod whose end among many others has been asked for, and has come but for its cgroup.
class EndAmongManyTest : public RemoveTest {
 protected:
  void SetUp() override {
    RemoveTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    sandbox_ = pod();
    const auto config = container(sandbox_, {"sleep", "1000"});
    remover_ = started(sandbox_);
    member_ = CgroupLayout::detect().open(config.cgroup);
    const pid_t process = remover_->start(config).pid;
    remover_->requestEnd(0, true);
    remover_->awaitEnd();
    EXPECT_FALSE(startTimeOf(process));
    EXPECT_EQ(readState(layout, config.id)->exitCode, 137);
    EXPECT_TRUE(member_->exists());
  }
  void TearDown() override {
    remover_.reset();
    RemoveTest::TearDown();
  }
  bool cgroupExists() const { return CgroupLayout::detect().open(sandbox_.cgroup)->exists(); }

  SandboxConfig sandbox_;
  std::unique_ptr<Cgroup> member_;
  std::optional<Client> remover_;
};

TEST_F(EndAmongManyTest, TakesTheCgroupsWhenTheOthersHaveEnded) {
  remover_->requestFinish();
  EXPECT_TRUE(remover_->awaitFinish(std::chrono::steady_clock::now() + 10s));
  EXPECT_FALSE(cgroupExists());
  EXPECT_FALSE(member_->exists());
  EXPECT_FALSE(keeperRuns(layout, sandbox_.id));
}

TEST_F(EndAmongManyTest, TakesTheCgroupsWhereTheClientDies) {
  remover_.reset();
  EXPECT_TRUE(gone(sandbox_));
  EXPECT_TRUE(soon([this] { return !cgroupExists(); }));
}

TEST_F(EndAmongManyTest, IsSeenToBeUnfinishedWhereTheKeeperIsKilled) {
  const auto [pid, startTime] = keepers.front();
  ::kill(pid, SIGKILL);
  remover_->requestFinish();
  EXPECT_FALSE(remover_->awaitFinish(std::chrono::steady_clock::now() + 10s));
  EXPECT_TRUE(cgroupExists());
  // A process that is killed may still listen for a moment.
  EXPECT_TRUE(soon([this] { return !Client::connect(layout, sandbox_.id); }));
  EXPECT_FALSE(cgroupExists());
  EXPECT_FALSE(member_->exists());
}

TEST_F(EndAmongManyTest, IsWholeForWhoAsksMeanwhile) {
  Client other = client(sandbox_);
  other.killSandbox();
  EXPECT_FALSE(cgroupExists());
  remover_->requestFinish();
  EXPECT_TRUE(remover_->awaitFinish(std::chrono::steady_clock::now() + 10s));
}

}  // namespace
}  // namespace keeper::test
