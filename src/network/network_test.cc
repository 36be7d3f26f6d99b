#include "network/network.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/file.h"
#include "kernel/nftables.h"
#include "network/rules.h"
#include "network/test_host.h"

namespace network {

namespace {

class NetworkTest : public HostTest {};

bool linkExists(const std::string& name) {
  return links::indexOf(NetlinkSocket(NETLINK_ROUTE), name) != 0;
}

std::string setting(const std::string& name) {
  return std::string(trim(readFile(cat("/proc/sys/net/", name))));
}

TEST_F(NetworkTest, BridgeStandsWithAddressesForwardingAndRules) {
  ensure(defaultBridge());
  NetlinkSocket socket(NETLINK_ROUTE);
  const auto state = links::find(socket, "peapod0");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->kind, "bridge");
  EXPECT_TRUE(state->up);
  EXPECT_TRUE(state->forwarding4);
  EXPECT_TRUE(state->forwarding6);
  EXPECT_TRUE(state->routeLocalnet);
  EXPECT_EQ(setting("ipv4/ip_forward"), "1");
  EXPECT_EQ(setting("ipv4/conf/peapod0/route_localnet"), "1");
  EXPECT_EQ(setting("ipv6/conf/all/forwarding"), "1");
  EXPECT_EQ(setting("ipv6/conf/peapod0/accept_ra"), "0");
  std::vector<std::string> texts;
  for (const auto& address : links::addresses(socket, state->index)) {
    texts.push_back(address.textWithPrefix());
  }
  EXPECT_NE(std::find(texts.begin(), texts.end(), "10.90.0.1/16"), texts.end());
  EXPECT_NE(std::find(texts.begin(), texts.end(), "fd70:6561:706f:64::1/64"), texts.end());
  EXPECT_TRUE(rulesStand(defaultBridge()));
}

TEST_F(NetworkTest, ForwardingKeepsRouterAdvertisementsOfTheHost) {
  ensure(defaultBridge());
  EXPECT_EQ(setting("ipv6/conf/uplink/accept_ra"), "2");
}

TEST_F(NetworkTest, EnsureRepairsWhatIsMissing) {
  ensure(defaultBridge());
  writeKnob("/proc/sys/net/ipv4/ip_forward", "0");
  writeKnob("/proc/sys/net/ipv4/conf/peapod0/route_localnet", "0");
  ASSERT_EQ(system("ip addr flush dev peapod0; ip link set peapod0 down; nft flush ruleset"), 0);
  ensure(defaultBridge());
  EXPECT_EQ(setting("ipv4/ip_forward"), "1");
  EXPECT_EQ(setting("ipv4/conf/peapod0/route_localnet"), "1");
  EXPECT_TRUE(rulesStand(defaultBridge()));
  EXPECT_EQ(system("ip addr show dev peapod0 | grep -q 10.90.0.1/16"), 0);
  EXPECT_EQ(system("ip addr show dev peapod0 up | grep -q fd70:6561:706f:64::1/64"), 0);
}

TEST_F(NetworkTest, NewRulesReplaceOldOnesAndLeavePublishedPortsAlone) {
  ensure(defaultBridge());
  const std::vector<PublishedPort> ports = {{"", 8099, 80, "tcp"}};
  publish(ports, "10.90.0.9", "");
  // As an older peapod would have left it: another rule, another mark.
  ASSERT_EQ(
      system("nft add rule inet peapod through drop && nft delete element inet peapod bridges "
             "'{ peapod0 }' && nft add element inet peapod bridges '{ peapod0 comment old }'"),
      0);
  EXPECT_FALSE(rulesStand(defaultBridge()));
  ensure(defaultBridge());
  EXPECT_TRUE(rulesStand(defaultBridge()));
  EXPECT_EQ(system("test $(nft list chain inet peapod through | grep -c drop) = 1"), 0);
  EXPECT_EQ(system("nft list map inet peapod ports4 | grep -q 'tcp . 8099 : 10.90.0.9 . 80'"), 0);
  unpublish(ports);
}

TEST_F(NetworkTest, ManyProcessesEnsureAtOnce) {
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(system("ip link del peapod0 2>/dev/null; nft flush ruleset"), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        try {
          ensure(defaultBridge());
          _exit(rulesStand(defaultBridge()) && linkExists("peapod0") ? 0 : 1);
        } catch (const std::exception& error) {
          (void)!write(2, error.what(), std::strlen(error.what()));
          _exit(2);
        }
      }
      children.push_back(pid);
    }
    for (const pid_t pid : children) {
      int status = -1;
      waitpid(pid, &status, 0);
      EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(system("test $(nft list chain inet peapod published | grep -c dnat) = 4"), 0);
    EXPECT_EQ(system("test $(ip addr show dev peapod0 | grep -c 10.90.0.1/16) = 1"), 0);
  }
}

TEST_F(NetworkTest, AnInterfaceOfThatNameThatIsNoBridgeIsAnError) {
  ASSERT_EQ(system("ip link add other0 type veth peer name other1"), 0);
  Bridge bridge = defaultBridge();
  bridge.device = "other0";
  try {
    ensure(bridge);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::in_use);
    EXPECT_NE(std::string(error.what()).find("other0 is not a bridge"), std::string::npos);
  }
  ASSERT_EQ(system("ip link del other0"), 0);
}

TEST_F(NetworkTest, NewNamespaceHasLoopbackUpAndNothingElse) {
  const UniqueFd net = createNamespace();
  inside(net.get(), [] {
    NetlinkSocket socket(NETLINK_ROUTE);
    const auto lo = links::find(socket, "lo");
    EXPECT_TRUE(lo && lo->up);
    EXPECT_EQ(links::indexOf(socket, "uplink"), 0);
    EXPECT_EQ(links::indexOf(socket, "eth0"), 0);
  });
}

TEST_F(NetworkTest, NamespacesReachEachOtherTheGatewayAndElsewhere) {
  ensure(defaultBridge());
  const Guest one = guest(11);
  const Guest two = guest(12);
  const UniqueFd server4 = serve(two.net.get(), two.address4, 80);
  const UniqueFd server6 = serve(two.net.get(), two.address6, 80);
  EXPECT_EQ(talk(server4.get(), one.net.get(), two.address4, 80), one.address4);
  EXPECT_EQ(talk(server6.get(), one.net.get(), two.address6, 80), one.address6);
  EXPECT_EQ(talk(server4.get(), host().get(), two.address4, 80), "10.90.0.1");
  const UniqueFd gateway = serve(host().get(), "10.90.0.1", 5300, SOCK_DGRAM);
  EXPECT_EQ(talkUdp(gateway.get(), one.net.get(), "10.90.0.1", 5300), one.address4);
  // Elsewhere they are seen as the host.
  const UniqueFd far4 = serve(outside().get(), outsideAddress4, 80);
  const UniqueFd far6 = serve(outside().get(), "2001:db8::9", 80);
  EXPECT_EQ(talk(far4.get(), one.net.get(), outsideAddress4, 80), hostAddress4);
  EXPECT_EQ(talk(far6.get(), one.net.get(), "2001:db8::9", 80), hostAddress6);
  // Their own addresses are their own again from inside.
  EXPECT_EQ(talk(server4.get(), two.net.get(), two.address4, 80), two.address4);
}

TEST_F(NetworkTest, InterfaceHasItsNameAndHardwareAddress) {
  ensure(defaultBridge());
  const Guest made = guest(
      {"peapod0", "guestmac", "net7", "10.90.0.13/16", "10.90.0.1", "", "", "06:70:0a:5a:00:0d"});
  inside(made.net.get(), [] {
    EXPECT_EQ(system("ip link show net7 | grep -q 06:70:0a:5a:00:0d"), 0);
    EXPECT_EQ(system("ip route | grep -q 'default via 10.90.0.1 dev net7'"), 0);
  });
  detach(made.interface);
  EXPECT_FALSE(linkExists("guestmac"));
  detach(made.interface);  // gone already is no error
}

/// The IPv6 addresses of an interface, of the namespace that the caller is in.
std::vector<std::string> addresses6(const std::string& name) {
  NetlinkSocket socket(NETLINK_ROUTE);
  std::vector<std::string> found;
  for (const IpAddress& address : links::addresses(socket, links::indexOf(socket, name))) {
    if (!address.isV4()) {
      found.push_back(address.textWithPrefix());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST_F(NetworkTest, AnInterfaceHasNoIpv6AddressesButThoseItIsGivenAndItsLinkLocalOne) {
  ensure(defaultBridge());
  const Guest both = guest({"peapod0", "guestboth", "eth0", "10.90.0.21/16", "10.90.0.1",
                            "fd00::21/64", "", "06:70:0a:5a:00:15"});
  inside(both.net.get(), [] {
    EXPECT_EQ(addresses6("eth0"),
              (std::vector<std::string>{"fd00::21/64", "fe80::470:aff:fe5a:15/64"}));
    // Usable at once, and nobody was asked for them.
    EXPECT_EQ(system("ip -6 address show tentative | grep -q ."), 256);
    EXPECT_EQ(readFile("/proc/sys/net/ipv6/conf/eth0/accept_ra"), "0\n");
  });
  const Guest v4 = guest(
      {"peapod0", "guestv4", "eth0", "10.90.0.22/16", "10.90.0.1", "", "", "06:70:0a:5a:00:16"});
  inside(v4.net.get(), [] { EXPECT_EQ(addresses6("eth0"), std::vector<std::string>{}); });
  inside(host().get(), [] {
    EXPECT_EQ(addresses6("guestboth"), std::vector<std::string>{});
    EXPECT_EQ(addresses6("guestv4"), std::vector<std::string>{});
  });
}

TEST_F(NetworkTest, TheBridgeKeepsItsHardwareAddressWhilePortsComeAndGo) {
  ensure(defaultBridge());
  const auto hasItsAddress = [] {
    return system("ip -o link show peapod0 | grep -q 'link/ether 06:70:0a:5a:00:01 '") == 0;
  };
  const Guest stays = guest(23);
  EXPECT_TRUE(hasItsAddress());
  const UniqueFd server = serve(host().get(), "10.90.0.1", 5301);
  EXPECT_EQ(talk(server.get(), stays.net.get(), "10.90.0.1", 5301), stays.address4);
  ASSERT_EQ(system("ip link add low type veth peer name other && "
                   "ip link set low address 02:00:00:00:00:01 && ip link set low master peapod0"),
            0);
  EXPECT_TRUE(hasItsAddress());
  ASSERT_EQ(system("ip link del low"), 0);
  EXPECT_EQ(talk(server.get(), stays.net.get(), "10.90.0.1", 5301), stays.address4);
}

/// What arrives at an interface of a namespace.
UniqueFd listenTo(int net, const std::string& name) {
  UniqueFd fd;
  inside(net, [&] {
    fd.reset(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IPV6)));
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_IPV6);
    at.sll_ifindex = links::indexOf(NetlinkSocket(NETLINK_ROUTE), name);
    if (!fd || bind(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) {
      throw systemError("listening to ", name);
    }
  });
  return fd;
}

/// How many reports of multicast groups came from a hardware address, of what has arrived by now.
int reportsFrom(int packets, const std::string& mac) {
  const auto sender = links::parseMac(mac);
  constexpr std::array<std::uint8_t, 6> routers{0x33, 0x33, 0, 0, 0, 0x16};
  int count = 0;
  std::array<std::uint8_t, 2048> packet{};
  while (recv(packets, packet.data(), packet.size(), 0) > 12) {
    count += static_cast<int>(std::equal(routers.begin(), routers.end(), packet.begin()) &&
                              std::equal(sender.begin(), sender.end(), packet.begin() + 6));
  }
  return count;
}

TEST_F(NetworkTest, WhatGroupsAPodListensToIsToldToTheHostAlone) {
  if (system("nft 'add table bridge probe; delete table bridge probe'") != 0) {
    GTEST_SKIP() << "the kernel's nf_tables has no family bridge";
  }
  ensure(defaultBridge());
  const Guest one = guest(24);
  const UniqueFd atOne = listenTo(one.net.get(), "eth0");
  const UniqueFd atHost = listenTo(host().get(), "peapod0");
  const Guest two = guest(25);
  int atHostFromTwo = 0;
  for (int i = 0; i < 50 && atHostFromTwo == 0 && ready(atHost.get(), POLLIN, generous); ++i) {
    atHostFromTwo = reportsFrom(atHost.get(), two.interface.mac);
  }
  EXPECT_GT(atHostFromTwo, 0);
  // What comes later to all has come: the question for one's address.
  const UniqueFd server = serve(one.net.get(), one.address6, 80);
  EXPECT_EQ(talk(server.get(), two.net.get(), one.address6, 80), two.address6);
  EXPECT_EQ(reportsFrom(atOne.get(), two.interface.mac), 0);
}

TEST_F(NetworkTest, FailedAttachLeavesNoLink) {
  ensure(defaultBridge());
  const UniqueFd net = createNamespace();
  Interface interface { "peapod0", "guestbad", "eth0", "10.90.0.14/16", "10.99.0.1", "", "", "" };
  try {
    attach(net.get(), interface);
    FAIL() << "a gateway outside of the subnet was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("10.99.0.1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("guestbad"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(linkExists("guestbad"));
  // The namespace is as it was and takes a right one.
  interface.gateway4 = "10.90.0.1";
  attach(net.get(), interface);
  EXPECT_TRUE(linkExists("guestbad"));
}

TEST_F(NetworkTest, AttachReplacesWhatADyingNamespaceLeft) {
  ensure(defaultBridge());
  const Guest old = guest(15);
  const Guest fresh = guest(15);  // the same name on the host
  const UniqueFd server = serve(fresh.net.get(), fresh.address4, 80);
  EXPECT_EQ(talk(server.get(), host().get(), fresh.address4, 80), "10.90.0.1");
}

TEST_F(NetworkTest, AttachToNoBridgeSaysSo) {
  const UniqueFd net = createNamespace();
  try {
    attach(net.get(), {"nobridge0", "guestx", "eth0", "10.90.0.16/16", "10.90.0.1", "", "", ""});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_NE(std::string(error.what()).find("nobridge0"), std::string::npos);
  }
}

TEST_F(NetworkTest, InterfaceGoesWithItsNamespace) {
  ensure(defaultBridge());
  { const Guest gone = guest(17); }
  for (int i = 0; i < 300 && linkExists("ppguest17"); ++i) {
    usleep(10'000);
  }
  EXPECT_FALSE(linkExists("ppguest17"));
}

}  // namespace

}  // namespace network
