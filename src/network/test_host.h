#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "kernel/ip_address.h"
#include "kernel/links.h"
#include "kernel/process.h"
#include "network/network.h"

/// A host for the tests: this process in a network namespace of its own, with a neighbour
/// ("outside") behind an uplink. Sockets belong to the namespace they were opened in, so one thread
/// plays all parts.
namespace network {

constexpr const char* hostAddress4 = "192.0.2.1";
constexpr const char* hostAddress6 = "2001:db8::1";
/// Milliseconds. A guest joins its address's multicast group a moment after it got the address, and
/// a neighbour solicitation that comes earlier is repeated after a second.
constexpr int generous = 3000;
constexpr const char* outsideAddress4 = "192.0.2.9";

template <typename Step>
void inside(int namespaceFd, Step&& step) {
  runApart([&] {
    if (setns(namespaceFd, CLONE_NEWNET) != 0) {
      throw systemError("setns");
    }
    step();
  });
}

class HostTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0) {
      return;
    }
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      throw systemError("leaving the machine's namespaces");
    }
    host().reset(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    outside() = createNamespace();
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkBatch batch;
    links::setUp(batch, 1);
    links::addVeth(batch, {"uplink", 0, "eth0", outside().get(), ""});
    socket.send(batch);
    NetlinkBatch addresses;
    const int uplink = links::indexOf(socket, "uplink");
    links::addAddress(addresses, uplink, IpAddress::require(cat(hostAddress4, "/24"), ""));
    links::addAddress(addresses, uplink, IpAddress::require(cat(hostAddress6, "/64"), ""));
    socket.send(addresses);
    inside(outside().get(), [] {
      NetlinkSocket there(NETLINK_ROUTE);
      NetlinkBatch own;
      const int eth0 = links::indexOf(there, "eth0");
      links::setUp(own, eth0);
      links::addAddress(own, eth0, IpAddress::require(cat(outsideAddress4, "/24"), ""));
      links::addAddress(own, eth0, IpAddress::require("2001:db8::9/64", ""));
      links::addDefaultRoute(own, eth0, IpAddress::require(hostAddress4, ""));
      there.send(own);
    });
  }

  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root: makes network namespaces";
    }
  }

  static UniqueFd& host() {
    static UniqueFd fd;
    return fd;
  }
  static UniqueFd& outside() {
    static UniqueFd fd;
    return fd;
  }

  /// A namespace on the default bridge, the number being the last part of its addresses.
  struct Guest {
    UniqueFd net;
    Interface interface;
    std::string address4, address6;
  };
  static Guest guest(int number) {
    const Bridge bridge = defaultBridge();
    const std::string address4 = cat("10.90.0.", number);
    const std::string address6 = cat("fd70:6561:706f:64::", number);
    Interface interface;
    interface.bridgeDevice = bridge.device;
    interface.hostName = cat(hostPrefix, "guest", number);
    interface.address4 = address4 + "/16";
    interface.gateway4 = bridge.gateway4;
    interface.address6 = address6 + "/64";
    interface.gateway6 = bridge.gateway6;
    // As leases have it: neighbours remember the address beyond the guest.
    interface.mac = cat("06:70:0a:5a:00:", number);
    Guest made = guest(interface);
    made.address4 = address4;
    made.address6 = address6;
    return made;
  }
  static Guest guest(const Interface& interface) {
    Guest made;
    made.net = createNamespace();
    made.interface = interface;
    attach(made.net.get(), interface);
    return made;
  }

  struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    Address(const std::string& text, std::uint16_t port) {
      const IpAddress ip = IpAddress::require(text, "test address");
      storage.ss_family = static_cast<sa_family_t>(ip.family);
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
      v4.sin_port = htons(port);  // sin6_port is at the same place
      if (ip.isV4()) {
        std::memcpy(&v4.sin_addr, ip.octets.data(), 4);
      } else {
        std::memcpy(&v6.sin6_addr, ip.octets.data(), 16);
      }
      size = ip.isV4() ? sizeof v4 : sizeof v6;
    }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  };

  static UniqueFd socketIn(int net, const std::string& like, int type) {
    UniqueFd fd;
    const int family = like.find(':') == std::string::npos ? AF_INET : AF_INET6;
    inside(net, [&] { fd.reset(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); });
    return fd;
  }

  static UniqueFd serve(int net, const std::string& address, std::uint16_t port,
                        int type = SOCK_STREAM) {
    UniqueFd fd = socketIn(net, address, type);
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    Address at(address, port);
    if (bind(fd.get(), at.get(), at.size) != 0 ||
        (type == SOCK_STREAM && listen(fd.get(), 8) != 0)) {
      throw systemError("serving ", address, " ", port);
    }
    return fd;
  }

  static bool ready(int fd, short events, int milliseconds) {
    pollfd event{fd, events, 0};
    return poll(&event, 1, milliseconds) == 1;
  }

  static std::string textOf(const sockaddr_storage& storage) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return storage.ss_family == AF_INET
               ? inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size())
               : inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }

  /// Connects from a namespace and sends a word there and back. The client's address as the server
  /// saw it, or nothing where no connection came about.
  static std::optional<std::string> talk(int server, int fromNet, const std::string& address,
                                         std::uint16_t port, int patience = generous) {
    const UniqueFd client = socketIn(fromNet, address, SOCK_STREAM);
    Address to(address, port);
    if (connect(client.get(), to.get(), to.size) != 0 && errno != EINPROGRESS) {
      return std::nullopt;
    }
    if (!ready(server, POLLIN, patience)) {
      return std::nullopt;
    }
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const UniqueFd session(
        accept4(server, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
    std::array<char, 4> word{};
    if (!ready(client.get(), POLLOUT, patience) ||
        send(client.get(), "ping", 4, MSG_NOSIGNAL) != 4 ||
        recv(session.get(), word.data(), word.size(), MSG_WAITALL) != 4 ||
        send(session.get(), "pong", 4, MSG_NOSIGNAL) != 4 ||
        !ready(client.get(), POLLIN, patience) ||
        recv(client.get(), word.data(), word.size(), 0) != 4) {
      return std::nullopt;
    }
    return textOf(peer);
  }

  static std::optional<std::string> talkUdp(int server, int fromNet, const std::string& address,
                                            std::uint16_t port, int patience = generous) {
    const UniqueFd client = socketIn(fromNet, address, SOCK_DGRAM);
    Address to(address, port);
    // Connected, so that an answer from any other address would not be received.
    if (connect(client.get(), to.get(), to.size) != 0 || send(client.get(), "ping", 4, 0) != 4 ||
        !ready(server, POLLIN, patience)) {
      return std::nullopt;
    }
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    std::array<char, 4> word{};
    if (recvfrom(server, word.data(), word.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size) !=
            4 ||
        sendto(server, "pong", 4, 0, reinterpret_cast<sockaddr*>(&peer), size) != 4 ||
        !ready(client.get(), POLLIN, patience) || recv(client.get(), word.data(), 4, 0) != 4) {
      return std::nullopt;
    }
    return textOf(peer);
  }
};

}  // namespace network
