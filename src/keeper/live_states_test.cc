#include "keeper/live_states.h"

#include <gtest/gtest.h>

#include "base/test_dir.h"

namespace keeper {
namespace {

constexpr int many = 30;  ///< so that a second thread takes part

class LiveStatesTest : public testing::Test {
 protected:
  static ContainerState running() {
    ContainerState state;
    state.status = "running";
    state.restarts = 7;
    return state;
  }
  std::string statusOf(const std::string& container) const {
    const auto state = readState(layout_, container);
    return state ? cat(state->status, " ", state->exitCode) : "none";
  }

  TestDir directory_;
  Layout layout_{.root = directory_ / "root", .runroot = directory_ / "run"};
};

TEST_F(LiveStatesTest, AreThoseOfTheTimeAtWhichTheyWereRead) {
  makeDirectories(layout_.states(), 0700);
  KeeperLock lock = KeeperLock::open(layout_.sandbox("pod"));
  lock.lock(KeeperLock::Part::alive);
  writeSandboxState(layout_, "pod",
                    {.state = {.status = "running", .pause = 1, .startedAt = 0, .ports = {}}});
  for (int at = 0; at < many; ++at) {
    writeState(layout_, "pod", cat(at), running());
  }
  SharedWork work;
  LiveStates states;
  states.readAll(layout_, work);
  work.finish();
  removeTree(layout_.runroot);
  for (int at = 0; at < many; ++at) {
    EXPECT_EQ(statusOf(cat(at)), "running 0");
    EXPECT_EQ(readState(layout_, cat(at))->restarts, 7U);
  }
  EXPECT_EQ(readSandboxState(layout_, "pod").value().pause, 1);
  EXPECT_TRUE(keeperRuns(layout_, "pod"));
  EXPECT_EQ(statusOf(cat(many)), "none");
  EXPECT_FALSE(readSandboxState(layout_, "other"));
}

TEST_F(LiveStatesTest, WhatWasStartedSinceIsFound) {
  makeDirectories(layout_.states(), 0700);
  SharedWork work;
  LiveStates states;
  states.readAll(layout_, work);
  work.finish();
  KeeperLock lock = KeeperLock::open(layout_.sandbox("pod"));
  lock.lock(KeeperLock::Part::alive);
  writeState(layout_, "pod", "late", running());
  EXPECT_EQ(statusOf("late"), "running 0");
}

TEST_F(LiveStatesTest, WhereNoKeeperWasFoundTheFilesAreReadAgain) {
  makeDirectories(layout_.states(), 0700);
  makeDirectories(layout_.container("one"), 0700);
  for (const char* container : {"one", "two"}) {
    writeState(layout_, "pod", container, running());
  }
  SharedWork work;
  LiveStates states;
  states.readAll(layout_, work);
  work.finish();
  ContainerState ended;
  ended.status = "exited";
  ended.exitCode = 3;
  writeExit(layout_, "one", ended);
  EXPECT_EQ(statusOf("one"), "exited 3");
  EXPECT_EQ(statusOf("two"), "exited -1") << "its keeper died";
}

TEST_F(LiveStatesTest, AFileThatIsNoneIsAnErrorOfWhoAsksForIt) {
  makeDirectories(layout_.states(), 0700);
  replaceFile(layout_.state("bad"), "{");
  SharedWork work;
  LiveStates states;
  states.readAll(layout_, work);
  EXPECT_EQ(statusOf("other"), "none");
  EXPECT_THROW(readState(layout_, "bad"), Error);
}

TEST_F(LiveStatesTest, TheirEndDoesNotWaitForAll) {
  makeDirectories(layout_.states(), 0700);
  for (int at = 0; at < many; ++at) {
    writeState(layout_, "pod", cat(at), {});
  }
  SharedWork work;
  { LiveStates().readAll(layout_, work); }
  EXPECT_EQ(statusOf("0"), "created 0");
}

}  // namespace
}  // namespace keeper
