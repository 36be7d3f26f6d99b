#include "engine/ports.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

using network::PublishedPort;

PortMapping map(std::uint16_t host, std::uint16_t container, std::uint16_t range = 1,
                const char* protocol = "tcp", const char* ip = "") {
  return {ip, host, container, range, protocol};
}

TEST(Ports, ARangeIsItsPorts) {
  const std::vector<PublishedPort> wanted{{"", 8000, 80, "tcp"}, {"", 8001, 81, "tcp"}};
  EXPECT_EQ(expand({map(8000, 80, 2)}), wanted);
  EXPECT_EQ(expand({map(0, 80, 2)})[1], (PublishedPort{"", 0, 81, "tcp"}));
}

TEST(Ports, RefusesWhatLeavesTheNumbers) {
  EXPECT_THROW(checkPorts({map(80, 0)}), Error);
  EXPECT_THROW(checkPorts({map(65535, 80, 2)}), Error);
  EXPECT_THROW(checkPorts({map(80, 65535, 2)}), Error);
  EXPECT_THROW(checkPorts({map(80, 80, 0)}), Error);
  EXPECT_THROW(checkPorts({map(80, 80, 1, "sctp")}), Error);
  EXPECT_THROW(checkPorts({map(80, 80, 1, "tcp", "host")}), Error);
  EXPECT_NO_THROW(checkPorts({map(65535, 65535), map(0, 80), map(0, 80)}));
}

TEST(Ports, AHostPortIsMappedOnce) {
  EXPECT_THROW(checkPorts({map(80, 80), map(80, 81)}), Error);
  EXPECT_THROW(checkPorts({map(80, 80, 4), map(83, 99)}), Error);
  EXPECT_THROW(checkPorts({map(80, 80), map(80, 81, 1, "tcp", "127.0.0.1")}), Error);
  EXPECT_NO_THROW(checkPorts({map(80, 80), map(80, 80, 1, "udp")}));
  EXPECT_NO_THROW(
      checkPorts({map(80, 80, 1, "tcp", "127.0.0.1"), map(80, 81, 1, "tcp", "127.0.0.2")}));
}

TEST(Ports, PublishAllAddsTheExposedOnesThatAreNotNamed) {
  NetworkRequest network;
  network.ports = {map(8080, 80)};
  EXPECT_EQ(requestedPorts(network, {"80/tcp", "443"}).size(), 1U);
  network.publishAll = true;
  const std::vector<PortMapping> ports = requestedPorts(network, {"80/tcp", "443", "53/udp"});
  ASSERT_EQ(ports.size(), 3U);
  EXPECT_EQ(ports[1].containerPort, 443);
  EXPECT_EQ(ports[1].hostPort, 0);
  EXPECT_EQ(ports[2].protocol, "udp");
}

TEST(Ports, OnlyWhatAPodLacksIsMissing) {
  const std::vector<PublishedPort> have{{"", 8080, 80, "tcp"}};
  EXPECT_TRUE(missingPorts(have, {{"", 8080, 80, "tcp"}}).empty());
  EXPECT_TRUE(missingPorts(have, {{"", 0, 80, "tcp"}}).empty());
  EXPECT_EQ(missingPorts(have, {{"", 8081, 80, "tcp"}}).size(), 1U);
  EXPECT_EQ(missingPorts(have, {{"", 8080, 80, "udp"}}).size(), 1U);
  try {
    missingPorts(have, {{"", 8080, 81, "tcp"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::in_use);
    EXPECT_NE(std::string(error.what()).find("8080->80/tcp"), std::string::npos);
  }
}

}  // namespace
}  // namespace engine
