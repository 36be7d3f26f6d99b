#include <gtest/gtest.h>

#include "keeper/test_keeper.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

class AttachTest : public KeeperTest {};

TEST_F(AttachTest, HearsEverythingFromTheFirstByteToTheExitCode) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"sh", "-c", "echo out; echo err >&2; exit 5"});
  Client keeper = started(sandbox);
  auto both = keeper.startAttached(config, false);
  Attachment& attachment = both.second;
  const Conversation said = listen(attachment);
  EXPECT_EQ(said.out, "out\n");
  EXPECT_EQ(said.err, "err\n");
  EXPECT_EQ(said.exitCode, 5);
}

TEST_F(AttachTest, CarriesInputAndItsEnd) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "cat; echo done"});
  config.stdinOpen = true;
  Client keeper = started(sandbox);
  auto both = keeper.startAttached(config, true);
  Attachment& attachment = both.second;
  const std::string text(300'000, 'x');
  std::thread writer([&] {
    attachment.send(text);
    attachment.send("");
  });
  const Conversation said = listen(attachment);
  writer.join();
  EXPECT_EQ(said.out.size(), text.size() + 5);
  EXPECT_EQ(said.out, text + "done\n");
  EXPECT_EQ(said.exitCode, 0);
}

TEST_F(AttachTest, GivesATerminalWithItsSize) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "read x; stty size"}, true);
  config.stdinOpen = true;
  Client keeper = started(sandbox);
  auto both = keeper.startAttached(config, true);
  Attachment& attachment = both.second;
  attachment.resize(33, 77);
  attachment.send("go\n");
  const Conversation said = listen(attachment);
  EXPECT_NE(said.out.find("33 77"), std::string::npos) << said.out;
  EXPECT_EQ(said.exitCode, 0);
}

TEST_F(AttachTest, ServesManyAndForgetsTheDead) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "read x; echo got $x; exit 2"});
  config.stdinOpen = true;
  Client keeper = started(sandbox);
  keeper.start(config);
  Attachment first = Client::connect(layout, sandbox.id)->attach(config.id, true);
  Attachment second = Client::connect(layout, sandbox.id)->attach(config.id, false);
  { const Attachment third = Client::connect(layout, sandbox.id)->attach(config.id, true); }
  first.send("word\n");
  EXPECT_EQ(listen(first).out, "got word\n");
  const Conversation said = listen(second);
  EXPECT_EQ(said.out, "got word\n");
  EXPECT_EQ(said.exitCode, 2);
}

TEST_F(AttachTest, HoldsTheContainerBackWhileItsClientIsSlow) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "head -c 20000000 /dev/zero; echo end"});
  config.logPath.clear();
  Client keeper = started(sandbox);
  auto both = keeper.startAttached(config, false);
  Attachment& attachment = both.second;
  Client other = *Client::connect(layout, sandbox.id);
  other.beginWait(config.id);
  EXPECT_FALSE(readable(other.fd(), 300ms)) << "it ended although nobody read its output";
  const Conversation said = listen(attachment);
  EXPECT_EQ(said.out.size(), 20'000'004U);
  EXPECT_EQ(said.exitCode, 0);
  EXPECT_EQ(other.waited().exitCode, 0);
}

TEST_F(AttachTest, DoesNotHoldTheContainerBackForALaterClient) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "read x; head -c 20000000 /dev/zero"});
  config.logPath.clear();
  config.stdinOpen = true;
  Client keeper = started(sandbox);
  keeper.start(config);
  const Attachment idle = Client::connect(layout, sandbox.id)->attach(config.id, false);
  Attachment writer = Client::connect(layout, sandbox.id)->attach(config.id, true);
  writer.send("\n");
  EXPECT_EQ(listen(writer).out.size(), 20'000'000U);
}

TEST_F(AttachTest, EndsTheInputWithItsForegroundClient) {
  const auto sandbox = single();
  auto config = container(sandbox, {"sh", "-c", "cat >/dev/null; exit 6"});
  config.stdinOpen = true;
  Client keeper = started(sandbox);
  { const auto both = keeper.startAttached(config, true); }
  Client again = *Client::connect(layout, sandbox.id);
  EXPECT_EQ(again.wait(config.id).exitCode, 6);
}

TEST_F(AttachTest, EndsAPodsInputAlthoughPauseHoldsACopy) {
  const auto sandbox = pod();
  auto config = container(sandbox, {"sh", "-c", "cat >/dev/null; exit 6"});
  config.stdinOpen = true;
  Client keeper = started(sandbox);
  auto both = keeper.startAttached(config, true);
  Attachment& attachment = both.second;
  attachment.send("");
  EXPECT_EQ(listen(attachment).exitCode, 6);
  Client::connect(layout, sandbox.id)->stopSandbox(1);
}

}  // namespace
}  // namespace keeper::test
