#include <chrono>

#include "network/rules.h"
#include "network/test_host.h"

namespace network {

namespace {

class PortsTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    if (!IsSkipped()) {
      ensure(defaultBridge());
      web_ = guest(21);
    }
  }

  /// Publishes for the length of a test.
  class Published {
   public:
    Published(const Guest& to, std::vector<PublishedPort> ports) : ports_(std::move(ports)) {
      publish(ports_, to.interface.address4, to.interface.address6);
    }
    ~Published() { unpublish(ports_); }
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;

   private:
    std::vector<PublishedPort> ports_;
  };

  static std::size_t elementsInMaps() {
    NetlinkSocket socket(NETLINK_NETFILTER);
    std::size_t count = 0;
    for (const char* map : {maps::ports4, maps::ports6, maps::ports4At, maps::ports6At}) {
      count += nftables::list(socket, table, map).size();
    }
    return count;
  }

  Guest web_;
};

TEST_F(PortsTest, TcpFromOutsideAndFromTheHostItself) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  const Published published(web_, {{"", 8080, 80, "tcp"}});
  // The client's own address is seen where that is possible.
  EXPECT_EQ(talk(server.get(), outside().get(), hostAddress4, 8080), outsideAddress4);
  EXPECT_EQ(talk(server.get(), host().get(), "127.0.0.1", 8080), "10.90.0.1");
  EXPECT_EQ(talk(server.get(), host().get(), hostAddress4, 8080), hostAddress4);
  EXPECT_EQ(talk(server.get(), host().get(), "10.90.0.1", 8080), "10.90.0.1");
}

TEST_F(PortsTest, TcpOverIpv6) {
  const UniqueFd server = serve(web_.net.get(), "::", 80);
  const Published published(web_, {{"", 8080, 80, "tcp"}});
  EXPECT_EQ(talk(server.get(), outside().get(), hostAddress6, 8080), "2001:db8::9");
  EXPECT_EQ(talk(server.get(), host().get(), hostAddress6, 8080), hostAddress6);
}

TEST_F(PortsTest, Ipv6LocalhostIsRefusedAtOnceSoThatClientsGoOnToIpv4) {
  PublishedPort port{"", 0, 80, "tcp"};
  const UniqueFd held = reserve(port);
  const Published published(web_, {port});
  const UniqueFd client(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address to("::1", port.hostPort);
  EXPECT_EQ(connect(client.get(), to.get(), to.size), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST_F(PortsTest, Ipv6LocalhostAloneIsAnError) {
  PublishedPort port{"::1", 8080, 80, "tcp"};
  try {
    reserve(port);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_NE(std::string(error.what()).find("[::1]:8080/tcp"), std::string::npos) << error.what();
  }
  EXPECT_THROW(publish({port}, "10.90.0.21", web_.address6), Error);
}

TEST_F(PortsTest, UdpFromOutsideAndFromTheHostItself) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 53, SOCK_DGRAM);
  const Published published(web_, {{"", 5353, 53, "udp"}});
  EXPECT_EQ(talkUdp(server.get(), outside().get(), hostAddress4, 5353), outsideAddress4);
  EXPECT_EQ(talkUdp(server.get(), host().get(), "127.0.0.1", 5353), "10.90.0.1");
  EXPECT_EQ(talkUdp(server.get(), host().get(), hostAddress4, 5353), hostAddress4);
  // The protocol is part of the key.
  const UniqueFd tcp = serve(web_.net.get(), "0.0.0.0", 53);
  EXPECT_FALSE(talk(tcp.get(), host().get(), "127.0.0.1", 5353, 200));
}

TEST_F(PortsTest, UdpClientsThatHaveBeenAskingReachWhatIsPublishedNow) {
  const Guest second = guest(24);
  const UniqueFd one = serve(web_.net.get(), "0.0.0.0", 53, SOCK_DGRAM);
  const UniqueFd two = serve(second.net.get(), "0.0.0.0", 53, SOCK_DGRAM);
  const UniqueFd client = socketIn(outside().get(), hostAddress4, SOCK_DGRAM);
  Address to(hostAddress4, 5354);
  ASSERT_EQ(connect(client.get(), to.get(), to.size), 0);
  // Nothing is there, and the flow is remembered like that.
  EXPECT_EQ(send(client.get(), "ping", 4, 0), 4);
  EXPECT_FALSE(ready(one.get(), POLLIN, 50));
  recv(client.get(), nullptr, 0, 0);  // the refusal
  {
    const Published published(web_, {{"", 5354, 53, "udp"}});
    EXPECT_EQ(send(client.get(), "ping", 4, 0), 4);
    EXPECT_TRUE(ready(one.get(), POLLIN, generous));
  }
  const Published published(second, {{"", 5354, 53, "udp"}});
  recv(client.get(), nullptr, 0, 0);
  EXPECT_EQ(send(client.get(), "ping", 4, 0), 4);
  EXPECT_TRUE(ready(two.get(), POLLIN, generous));
}

TEST_F(PortsTest, FromPodsByTheHostsAddressTheirOwnPortIncluded) {
  const Guest client = guest(22);
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  const Published published(web_, {{"", 8080, 80, "tcp"}});
  EXPECT_EQ(talk(server.get(), client.net.get(), hostAddress4, 8080), "10.90.0.1");
  EXPECT_EQ(talk(server.get(), client.net.get(), "10.90.0.1", 8080), "10.90.0.1");
  EXPECT_EQ(talk(server.get(), web_.net.get(), hostAddress4, 8080), "10.90.0.1");
}

TEST_F(PortsTest, OnOneHostAddressOnly) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  {
    const Published published(web_, {{hostAddress4, 8080, 80, "tcp"}});
    EXPECT_EQ(talk(server.get(), outside().get(), hostAddress4, 8080), outsideAddress4);
    EXPECT_FALSE(talk(server.get(), host().get(), "127.0.0.1", 8080, 200));
  }
  const Published published(web_, {{"127.0.0.1", 8080, 80, "tcp"}});
  EXPECT_EQ(talk(server.get(), host().get(), "127.0.0.1", 8080), "10.90.0.1");
  EXPECT_FALSE(talk(server.get(), outside().get(), hostAddress4, 8080, 200));
}

TEST_F(PortsTest, WildcardAddressesSelectTheFamily) {
  const UniqueFd server4 = serve(web_.net.get(), "0.0.0.0", 80);
  {
    const Published published(web_, {{"0.0.0.0", 8080, 80, "tcp"}});
    EXPECT_EQ(talk(server4.get(), outside().get(), hostAddress4, 8080), outsideAddress4);
    EXPECT_EQ(elementsInMaps(), 1U);
  }
  const Published published(web_, {{"::", 8080, 80, "tcp"}});
  EXPECT_EQ(elementsInMaps(), 1U);
  EXPECT_FALSE(talk(server4.get(), outside().get(), hostAddress4, 8080, 200));
}

TEST_F(PortsTest, WhatIsNotPublishedCannotBeRoutedTo) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  const Published published(web_, {{"127.0.0.1", 8080, 80, "tcp"}});
  // The neighbour has a route by the host and asks for the pod's own address.
  EXPECT_FALSE(talk(server.get(), outside().get(), web_.address4, 80, 200));
  EXPECT_TRUE(talk(server.get(), host().get(), web_.address4, 80));
}

TEST_F(PortsTest, PodsCannotReachTheHostsLoopback) {
  const UniqueFd secret = serve(host().get(), "127.0.0.1", 9000);
  inside(web_.net.get(), [] {
    // What a pod with CAP_NET_ADMIN could do.
    EXPECT_EQ(system("echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet;"
                     "ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via 10.90.0.1"),
              0);
  });
  EXPECT_FALSE(talk(secret.get(), web_.net.get(), "127.0.0.1", 9000, 200));
}

TEST_F(PortsTest, UnpublishedIsClosedAndNothingIsLeft) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  const std::vector<PublishedPort> ports = {{"", 8080, 80, "tcp"},
                                            {"", 8080, 80, "udp"},
                                            {hostAddress4, 8081, 80, "tcp"},
                                            {hostAddress6, 8081, 80, "tcp"}};
  publish(ports, web_.address4, web_.address6);
  EXPECT_EQ(elementsInMaps(), 6U);
  unpublish(ports);
  EXPECT_EQ(elementsInMaps(), 0U);
  EXPECT_FALSE(talk(server.get(), outside().get(), hostAddress4, 8080, 200));
  unpublish(ports);  // missing ones are no error
}

TEST_F(PortsTest, UnpublishTakesWhatIsThereBesideWhatIsMissing) {
  const PublishedPort one{"", 8080, 80, "tcp"};
  const PublishedPort two{"", 8081, 80, "tcp"};
  publish({two}, web_.address4, "");
  unpublish({one, two});
  EXPECT_EQ(elementsInMaps(), 0U);
}

TEST_F(PortsTest, ElementsOfADeadKeeperAreReplaced) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  publish({{"", 8080, 1234, "tcp"}}, "10.90.77.77", "fd70:6561:706f:64::77");
  const Published published(web_, {{"", 8079, 80, "tcp"}, {"", 8080, 80, "tcp"}});
  EXPECT_EQ(talk(server.get(), host().get(), "127.0.0.1", 8080), "10.90.0.1");
  EXPECT_EQ(talk(server.get(), host().get(), "127.0.0.1", 8079), "10.90.0.1");
  EXPECT_EQ(elementsInMaps(), 4U);
}

TEST_F(PortsTest, PublishIsAllOrNothing) {
  EXPECT_THROW(publish({{"", 8080, 80, "tcp"}, {"2001:db8::1", 8081, 80, "tcp"}}, "10.90.0.21", ""),
               Error);
  EXPECT_THROW(publish({{"", 8080, 80, "tcp"}, {"", 8081, 80, "gopher"}}, "10.90.0.21", ""), Error);
  EXPECT_EQ(elementsInMaps(), 0U);
}

TEST_F(PortsTest, AThousandPorts) {
  std::vector<PublishedPort> ports;
  for (std::uint16_t i = 0; i < 1000; ++i) {
    ports.push_back(
        {"", static_cast<std::uint16_t>(20000 + i), static_cast<std::uint16_t>(30000 + i), "tcp"});
  }
  const auto start = std::chrono::steady_clock::now();
  publish(ports, web_.address4, web_.address6);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(elementsInMaps(), 2000U);
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 30999);
  EXPECT_EQ(talk(server.get(), host().get(), "127.0.0.1", 20999), "10.90.0.1");
  // Replacing them all, as after a keeper that died, works too.
  publish(ports, "10.90.0.23", web_.address6);
  EXPECT_EQ(elementsInMaps(), 2000U);
  unpublish(ports);
  EXPECT_EQ(elementsInMaps(), 0U);
  EXPECT_LT(took, std::chrono::milliseconds(500));
}

TEST_F(PortsTest, ReserveFindsAndHoldsThePort) {
  PublishedPort port{"", 0, 80, "tcp"};
  const UniqueFd held = reserve(port);
  ASSERT_NE(port.hostPort, 0);
  EXPECT_THROW(serve(host().get(), "127.0.0.1", port.hostPort), Error);
  EXPECT_THROW(serve(host().get(), "::1", port.hostPort), Error);
  PublishedPort again = port;
  EXPECT_THROW(reserve(again), Error);
  again.hostIp = "127.0.0.1";
  EXPECT_THROW(reserve(again), Error);
  again.protocol = "udp";  // another space of numbers
  EXPECT_TRUE(reserve(again));
}

TEST_F(PortsTest, ReservedPortDoesNotListen) {
  PublishedPort port{"", 0, 80, "tcp"};
  const UniqueFd held = reserve(port);
  const UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address to("127.0.0.1", port.hostPort);
  EXPECT_EQ(connect(client.get(), to.get(), to.size), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST_F(PortsTest, PortInUseSaysWhich) {
  for (const char* address : {"127.0.0.1", "0.0.0.0", "::1", "::"}) {
    for (const auto& [protocol, type] :
         {std::pair("tcp", SOCK_STREAM), std::pair("udp", SOCK_DGRAM)}) {
      const UniqueFd other = serve(host().get(), address, 8085, type);
      PublishedPort port{"", 8085, 80, protocol};
      try {
        reserve(port);
        ADD_FAILURE() << address << ' ' << protocol;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::in_use);
        EXPECT_NE(std::string(error.what()).find(cat("0.0.0.0:8085/", protocol)), std::string::npos)
            << error.what();
      }
    }
  }
  PublishedPort foreign{"203.0.113.1", 8085, 80, "tcp"};
  try {
    reserve(foreign);
    FAIL() << "an address that is not the host's";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    EXPECT_NE(std::string(error.what()).find("203.0.113.1"), std::string::npos);
  }
}

TEST_F(PortsTest, LingeringConnectionsOfAnEarlierServerAreNoObstacle) {
  {
    const UniqueFd server = serve(host().get(), "127.0.0.1", 8086);
    const UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Address to("127.0.0.1", 8086);
    ASSERT_EQ(connect(client.get(), to.get(), to.size), 0);
    ASSERT_TRUE(ready(server.get(), POLLIN, 1000));
    UniqueFd session(accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
    session.reset();  // the server closes first and keeps TIME_WAIT
    char end = 0;
    EXPECT_EQ(recv(client.get(), &end, 1, 0), 0);
  }
  PublishedPort port{"", 8086, 80, "tcp"};
  const UniqueFd held = reserve(port);
  EXPECT_TRUE(held);
  PublishedPort second = port;
  EXPECT_THROW(reserve(second), Error);
  EXPECT_THROW(serve(host().get(), "127.0.0.1", 8086), Error);
}

TEST_F(PortsTest, ReservedAndPublishedTogether) {
  const UniqueFd server = serve(web_.net.get(), "0.0.0.0", 80);
  PublishedPort port{"", 0, 80, "tcp"};
  const UniqueFd held = reserve(port);
  const Published published(web_, {port});
  EXPECT_EQ(talk(server.get(), host().get(), "127.0.0.1", port.hostPort), "10.90.0.1");
  EXPECT_EQ(talk(server.get(), outside().get(), hostAddress4, port.hostPort), outsideAddress4);
}

}  // namespace

}  // namespace network
