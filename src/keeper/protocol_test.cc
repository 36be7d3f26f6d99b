#include "keeper/protocol.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <random>

#include "base/json.h"
#include "keeper/test_keeper.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

TEST(ErrorJsonTest, KeepsKindTextAndErrno) {
  const Error error = errorFromJson(errorToJson(Error(ErrorKind::in_use, "port 80 is in use", 98)));
  EXPECT_EQ(error.kind(), ErrorKind::in_use);
  EXPECT_STREQ(error.what(), "port 80 is in use");
  EXPECT_EQ(error.code(), 98);
}

TEST(ConfigJsonTest, ComesBackAsItWas) {
  SandboxConfig sandbox;
  sandbox.id = "abc";
  sandbox.pod = true;
  sandbox.newNamespaces = {NamespaceKind::net, NamespaceKind::pid};
  sandbox.namespacePaths = {{NamespaceKind::ipc, "/proc/1/ns/ipc"}};
  sandbox.limits.memoryMax = 6LL << 30;
  sandbox.ports = {{"127.0.0.1", 8080, 80, "tcp"}};
  sandbox.interface.emplace();
  sandbox.interface->hostName = "veth0";
  const auto same = Json::parse(Json(sandbox).dump()).get<SandboxConfig>();
  EXPECT_EQ(same.newNamespaces, sandbox.newNamespaces);
  EXPECT_EQ(same.namespacePaths, sandbox.namespacePaths);
  EXPECT_EQ(same.limits.memoryMax, sandbox.limits.memoryMax);
  EXPECT_EQ(same.ports, sandbox.ports);
  EXPECT_EQ(same.interface->hostName, "veth0");
  ContainerConfig container;
  container.bundle = "/b";
  container.overlay = runtime::Overlay{{"/l1", "/l2"}, "/u", "/w", true};
  container.restart = {RestartRule::When::onFailure, 4};
  const auto again = Json::parse(Json(container).dump()).get<ContainerConfig>();
  EXPECT_EQ(again.overlay->layers, container.overlay->layers);
  EXPECT_TRUE(again.overlay->volatileUpper);
  EXPECT_EQ(again.restart.when, RestartRule::When::onFailure);
  EXPECT_EQ(again.restart.maxRetries, 4U);
}

class ProtocolTest : public KeeperTest {
 protected:
  void SetUp() override {
    KeeperTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    sandbox = pod();
    started(sandbox);
  }
  void TearDown() override {
    if (!IsSkipped()) {
      // It still answers, so nothing of the test has harmed it.
      auto keeper = Client::connect(layout, sandbox.id);
      ASSERT_TRUE(keeper);
      EXPECT_EQ(keeper->startSandbox().status, "running");
      keeper->killSandbox();
    }
    KeeperTest::TearDown();
  }
  UniqueFd raw() const { return connectToKeeper(layout.sandbox(sandbox.id)); }
  Json ask(const std::string& packet) const {
    const UniqueFd socket = raw();
    EXPECT_TRUE(sendPacket(socket.get(), packet));
    EXPECT_TRUE(readable(socket.get(), 5s)) << packet;
    const auto answer = receivePacket(socket.get());
    return answer ? Json::parse(*answer) : Json();
  }
  std::size_t descriptors() const {
    const auto all =
        std::filesystem::directory_iterator(cat("/proc/", keepers.front().first, "/fd"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  SandboxConfig sandbox;
};

TEST_F(ProtocolTest, RefusesWhatIsNoRequest) {
  for (const char* packet :
       {"x",
        "{",
        "[]",
        "3",
        "\"start\"",
        "null",
        "{}",
        "{\"verb\": 5}",
        "{\"verb\": \"dance\"}",
        "{\"verb\": \"start\"}",
        "{\"verb\": \"start\", \"config\": 7}",
        "{\"verb\": \"start\", \"config\": {\"id\": \"../../x\"}}",
        "{\"verb\": \"start\", \"config\": {\"id\": \"a\", \"bundle\": []}}",
        "{\"verb\": \"start\", \"config\": {\"id\": \"a\", \"sandboxNamespaces\": [\"mnt\"]}}",
        "{\"verb\": \"start\", \"config\": {\"id\": \"a\", \"restart\": {\"when\": \"never\"}}}",
        "{\"verb\": \"start\", \"config\": {\"id\": \"a\", \"bundle\": \"/nowhere\"}}",
        "{\"verb\": \"stop\", \"container\": \"\"}",
        "{\"verb\": \"stop\", \"container\": \"x\", \"seconds\": -1}",
        "{\"verb\": \"kill\", \"container\": \"x\", \"signal\": 99999999999}",
        "{\"verb\": \"wait\", \"container\": \"../../../etc/passwd\"}",
        "{\"verb\": \"publish\"}",
        "{\"verb\": \"publish\", \"ports\": [{\"hostPort\": 70000}]}",
        "{\"verb\": \"publish\", \"ports\": {}}",
        "{\"verb\": \"attach\", \"container\": {}}"}) {
    if (std::string(packet).find("stop\", \"container\": \"x") != std::string::npos) {
      ask(packet);  // one that does not run is no error
      continue;
    }
    EXPECT_TRUE(ask(packet).contains("error")) << packet;
  }
}

TEST_F(ProtocolTest, HangsUpOnAnOversizedPacket) {
  const UniqueFd socket = raw();
  const int size = 1 << 20;
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  ASSERT_TRUE(sendPacket(socket.get(), std::string(maxPacket + 1, 'x')));
  ASSERT_TRUE(readable(socket.get(), 5s));
  const auto answer = receivePacket(socket.get());
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->find("too long"), std::string::npos);
  EXPECT_FALSE(receivePacket(socket.get()));
}

TEST_F(ProtocolTest, SurvivesEmptyPacketsDescriptorsAndHangUps) {
  const std::size_t before = descriptors();
  for (int i = 0; i < 50; ++i) {
    const UniqueFd socket = raw();
    if (i % 3 == 0) {
      sendPacket(socket.get(), "");
    } else if (i % 3 == 1) {
      sendPacket(socket.get(), "{\"verb\": \"wait\", \"container\": \"x\"}");
    }
    // Descriptors that nobody asked for are not taken.
    const int own = 0;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof own)> control{};
    iovec part{const_cast<char*>("{}"), 2};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* attached = CMSG_FIRSTHDR(&message);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof own);
    std::memcpy(CMSG_DATA(attached), &own, sizeof own);
    sendmsg(socket.get(), &message, MSG_NOSIGNAL);
  }
  EXPECT_TRUE(soon([&] { return descriptors() <= before; }))
      << descriptors() << " descriptors, " << before << " before";
}

TEST_F(ProtocolTest, SurvivesNoise) {
  std::mt19937 random(7);  // NOLINT: the same noise each time
  const std::string request =
      Json{{"verb", "start"}, {"config", container(sandbox, {"true"})}, {"attach", true}}.dump();
  for (int i = 0; i < 300; ++i) {
    std::string packet = request.substr(0, i % 2 == 0 ? random() % request.size() : request.size());
    for (unsigned flips = random() % 4; flips > 0 && !packet.empty(); --flips) {
      packet[random() % packet.size()] = static_cast<char>(random());
    }
    const UniqueFd socket = raw();
    sendPacket(socket.get(), packet);
  }
}

TEST_F(ProtocolTest, HangsUpOnAFrameThatIsNone) {
  auto config = container(sandbox, {"sleep", "1000"});
  Client keeper = *Client::connect(layout, sandbox.id);
  keeper.start(config);
  for (const char* frame : {"z", "0", "r", "r1", "rx y", "r1 2 3", "r99999999 1", "r 1"}) {
    const UniqueFd socket = raw();
    sendPacket(socket.get(), Json{{"verb", "attach"}, {"container", config.id}}.dump());
    ASSERT_TRUE(receivePacket(socket.get()));
    sendPacket(socket.get(), frame);
    if (*frame == 'z') {
      EXPECT_FALSE(receivePacket(socket.get()));
    }
  }
  keeper.stop(config.id, 0);
}

TEST_F(ProtocolTest, AnswersOthersWhileOneWaits) {
  auto config = container(sandbox, {"sleep", "1000"});
  Client keeper = *Client::connect(layout, sandbox.id);
  keeper.start(config);
  Client waiter = *Client::connect(layout, sandbox.id);
  waiter.beginWait(config.id);
  {
    Client deserter = *Client::connect(layout, sandbox.id);
    deserter.beginWait(config.id);
  }
  EXPECT_THROW(keeper.start(config), Error);
  EXPECT_FALSE(readable(waiter.fd(), 50ms));
  keeper.kill(config.id, SIGKILL);
  EXPECT_EQ(waiter.waited().exitCode, 137);
}

TEST_F(ProtocolTest, WorksBelowALongPath) {
  Layout far = layout;
  far.runroot = directory.path() / std::string(100, 'a') / std::string(100, 'b');
  const auto other = pod();
  pid_t pid = 0;
  Client keeper =
      Client::connectOrStart(far, other, [&](pid_t started, std::uint64_t) { pid = started; });
  EXPECT_EQ(keeper.startSandbox().status, "running");
  keeper.killSandbox();
  EXPECT_TRUE(soon([&] { return !startTimeOf(pid); }));
}

}  // namespace
}  // namespace keeper::test
