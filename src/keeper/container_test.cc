#include <gtest/gtest.h>
#include <unistd.h>

#include "base/id.h"
#include "base/json.h"
#include "keeper/test_keeper.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

class ContainerTest : public KeeperTest {};

TEST_F(ContainerTest, EndsWithItsExitCodeAndItsKeeperWithIt) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sh", "-c", "echo hello; exit 7"});
  Client keeper = started(sandbox);
  const ContainerState running = keeper.start(config);
  EXPECT_EQ(running.status, "running");
  EXPECT_GT(running.pid, 0);
  const ContainerState ended = keeper.wait(config.id);
  EXPECT_EQ(ended.status, "exited");
  EXPECT_EQ(ended.exitCode, 7);
  EXPECT_GE(ended.finishedAt, ended.startedAt);
  EXPECT_TRUE(gone(sandbox));
  const auto state = readState(layout, config.id);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->status, "exited");
  EXPECT_EQ(state->exitCode, 7);
  EXPECT_NE(log(config).find(" stdout F hello\n"), std::string::npos) << log(config);
  EXPECT_FALSE(readSandboxState(layout, sandbox.id));
  EXPECT_FALSE(CgroupLayout::detect().open(config.cgroup)->exists());
}

TEST_F(ContainerTest, TellsASignalBy128AndItsNumber) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sleep", "1000"});
  Client keeper = started(sandbox);
  keeper.start(config);
  keeper.kill(config.id, SIGKILL);
  EXPECT_EQ(keeper.wait(config.id).exitCode, 137);
}

TEST_F(ContainerTest, IsKilledWhenItIgnoresTheStopSignal) {
  const auto sandbox = single();
  // PID 1 of a pid namespace gets no SIGTERM that it does not handle.
  const auto config = container(sandbox, {"sleep", "1000"});
  Client keeper = started(sandbox);
  keeper.start(config);
  const auto begin = std::chrono::steady_clock::now();
  keeper.stop(config.id, 1);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 900ms);
  EXPECT_LT(took, 5s);
  EXPECT_EQ(readState(layout, config.id)->exitCode, 137);
}

TEST_F(ContainerTest, EndsByItsOwnStopSignal) {
  const auto sandbox = single();
  auto config =
      container(sandbox, {"sh", "-c", "trap 'exit 3' USR1; echo up; while :; do sleep 0.05; done"});
  config.stopSignal = SIGUSR1;
  Client keeper = started(sandbox);
  keeper.start(config);
  ASSERT_TRUE(logged(config, "up"));
  keeper.stop(config.id, 20);
  EXPECT_EQ(readState(layout, config.id)->exitCode, 3);
}

TEST_F(ContainerTest, SaysWhatCannotBeExecutedAndLeavesNothing) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"/bin/missing"});
  {
    Client keeper = started(sandbox);
    try {
      keeper.start(config);
      ADD_FAILURE() << "it started";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::no_command) << error.what();
      EXPECT_NE(std::string(error.what()).find("/bin/missing"), std::string::npos);
    }
  }
  EXPECT_TRUE(gone(sandbox));
  EXPECT_EQ(readState(layout, config.id)->status, "created");
  EXPECT_FALSE(CgroupLayout::detect().open(config.cgroup)->exists());
}

TEST_F(ContainerTest, IsStartedOnceOfManyAtOnce) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sleep", "1000"});
  constexpr int starters = 8;
  std::vector<int> results(starters);
  std::vector<std::thread> threads;
  threads.reserve(starters);
  std::mutex guard;
  for (int i = 0; i < starters; ++i) {
    threads.emplace_back([&, i] {
      try {
        Client keeper = Client::connectOrStart(layout, sandbox, [&](pid_t pid, std::uint64_t time) {
          const std::lock_guard lock(guard);
          keepers.emplace_back(pid, time);
        });
        keeper.startSandbox();
        keeper.start(config);
        results[static_cast<std::size_t>(i)] = 1;
      } catch (const Error& error) {
        results[static_cast<std::size_t>(i)] = error.kind() == ErrorKind::in_use ? 2 : 3;
        if (error.kind() != ErrorKind::in_use) {
          ADD_FAILURE() << error.what();
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(std::count(results.begin(), results.end(), 1), 1);
  EXPECT_EQ(std::count(results.begin(), results.end(), 2), starters - 1);
  EXPECT_EQ(keepers.size(), 1U);
  Client::connect(layout, sandbox.id)->stop(config.id, 0);
}

TEST_F(ContainerTest, IsStartedAgainAfterItEnded) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sh", "-c", "exit 4"});
  for (int i = 0; i < 5; ++i) {
    Client keeper = started(sandbox);
    keeper.start(config);
    EXPECT_EQ(keeper.wait(config.id).exitCode, 4);
  }
}

TEST_F(ContainerTest, IsFoundByNameAndIdWhileItRuns) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sleep", "1000"});
  // As a keeper leaves it that was killed.
  makeDirectories(layout.name(config.name).parent_path());
  ASSERT_EQ(symlink("/gone", layout.name(config.name).c_str()), 0);
  EXPECT_FALSE(findContainerConfig(layout, config.name));
  Client keeper = started(sandbox);
  keeper.start(config);
  for (const std::string& reference : {config.name, config.id}) {
    const auto found = findContainerConfig(layout, reference);
    ASSERT_TRUE(found) << reference;
    EXPECT_EQ(found->id, config.id);
    EXPECT_EQ(found->user, config.user);
  }
  for (const std::string& other : {config.id.substr(0, 12), cat("../names/", config.name),
                                   std::string(), std::string(300, 'a'), newId()}) {
    EXPECT_FALSE(findContainerConfig(layout, other)) << other;
  }
  keeper.stop(config.id, 0);
  EXPECT_FALSE(findContainerConfig(layout, config.name));
  EXPECT_FALSE(findContainerConfig(layout, config.id));
  std::error_code error;
  EXPECT_FALSE(exists(symlink_status(layout.name(config.name), error)));
}

TEST_F(ContainerTest, StandsStillWhilePaused) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sh", "-c", "while :; do echo tick; sleep 0.01; done"});
  Client keeper = started(sandbox);
  keeper.start(config);
  ASSERT_TRUE(logged(config, "tick"));
  keeper.pause(config.id);
  EXPECT_EQ(readState(layout, config.id)->status, "paused");
  std::this_thread::sleep_for(50ms);
  const auto size = log(config).size();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(log(config).size(), size);
  keeper.unpause(config.id);
  EXPECT_TRUE(soon([&] { return log(config).size() > size; }));
  keeper.pause(config.id);
  keeper.stop(config.id, 1);  // a frozen one is thawed to be stopped
  EXPECT_EQ(readState(layout, config.id)->status, "exited");
}

TEST_F(ContainerTest, IsRestartedAsOftenAsItsRuleSays) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "echo run; exit 9"});
  config.restart = {RestartRule::When::onFailure, 3};
  Client keeper = started(sandbox);
  keeper.start(config);
  const ContainerState state = keeper.wait(config.id);
  EXPECT_EQ(state.exitCode, 9);
  EXPECT_EQ(state.restarts, 3U);
  const std::string text = log(config);
  std::size_t runs = 0;
  for (std::size_t at = text.find("run"); at != std::string::npos; at = text.find("run", at + 1)) {
    ++runs;
  }
  EXPECT_EQ(runs, 4U);
}

TEST_F(ContainerTest, IsNotRestartedWhenItIsStopped) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "echo run; sleep 0.02"});
  config.restart = {RestartRule::When::always, 0};
  Client keeper = started(sandbox);
  keeper.start(config);
  ASSERT_TRUE(soon([&] { return readState(layout, config.id)->restarts >= 2; }));
  EXPECT_THROW(keeper.forget(config.id), Error);
  keeper.stop(config.id, 1);
  EXPECT_EQ(readState(layout, config.id)->status, "exited");
  EXPECT_TRUE(gone(sandbox));
}

TEST_F(ContainerTest, GivesAFailedStartBackAsTheErrorItWas) {
  const auto sandbox = single();
  auto config = container(sandbox, {"true"});
  replaceFile(config.bundle / "config.json", "{\"process\": 3}");
  Client keeper = started(sandbox);
  try {
    keeper.start(config);
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid) << error.what();
  }
}

TEST_F(ContainerTest, RecordsThatMemoryRanOut) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "x=a; while :; do x=$x$x$x$x; done"});
  config.limits.memoryMax = 16 << 20;
  Client keeper = started(sandbox);
  keeper.start(config);
  const ContainerState state = keeper.wait(config.id);
  EXPECT_TRUE(state.oomKilled);
  EXPECT_EQ(state.exitCode, 137);
}

TEST_F(ContainerTest, WritesItsPidFile) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sleep", "1000"});
  config.pidFile = directory.path() / "c.pid";
  Client keeper = started(sandbox);
  const auto state = keeper.start(config);
  EXPECT_EQ(readFile(config.pidFile), std::to_string(state.pid));
  keeper.stop(config.id, 0);
}

TEST_F(ContainerTest, EndsAlthoughAGrandchildHoldsItsPipes) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "sleep 1000 & echo left"});
  auto spec = oci::parseRuntimeSpec(readFile(config.bundle / "config.json"), "spec");
  std::erase_if(spec.linux_.namespaces, [](const auto& one) { return one.type == "pid"; });
  replaceFile(config.bundle / "config.json", Json(spec).dump());
  Client keeper = started(sandbox);
  keeper.start(config);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(keeper.wait(config.id).exitCode, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_NE(log(config).find("left"), std::string::npos);
}

}  // namespace
}  // namespace keeper::test
