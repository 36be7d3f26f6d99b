#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/text.h"
#include "kernel/conntrack.h"
#include "kernel/ip_address.h"
#include "network/network.h"
#include "network/rules.h"

namespace network {

namespace {

std::string toText(const PublishedPort& port) {
  const bool v6 = port.hostIp.find(':') != std::string::npos;
  return cat(v6 ? "[" : "", port.hostIp.empty() ? "0.0.0.0" : port.hostIp, v6 ? "]:" : ":",
             port.hostPort, "/", port.protocol);
}

std::uint8_t protocolNumber(const PublishedPort& port) {
  if (port.protocol == "tcp") {
    return IPPROTO_TCP;
  }
  if (port.protocol == "udp") {
    return IPPROTO_UDP;
  }
  throw Error(ErrorKind::unsupported, cat("publishing port ", toText(port), ": the protocol \"",
                                          port.protocol, "\" is not one of tcp, udp"));
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = 0;
};

SocketAddress socketAddress(const PublishedPort& port, int family) {
  SocketAddress result;
  result.family = family;
  IpAddress host;
  if (!port.hostIp.empty()) {
    host = IpAddress::require(port.hostIp, cat("publishing port ", toText(port)));
    result.family = host.family;
  }
  result.storage.ss_family = static_cast<sa_family_t>(result.family);
  if (result.family == AF_INET) {
    auto& address = reinterpret_cast<sockaddr_in&>(result.storage);
    address.sin_port = htons(port.hostPort);
    std::memcpy(&address.sin_addr, host.octets.data(), sizeof address.sin_addr);
    result.size = sizeof address;
  } else {
    auto& address = reinterpret_cast<sockaddr_in6&>(result.storage);
    address.sin6_port = htons(port.hostPort);
    std::memcpy(&address.sin6_addr, host.octets.data(), sizeof address.sin6_addr);
    result.size = sizeof address;
  }
  return result;
}

void setFlag(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

/// 0 or the errno of bind(2).
int bindTo(int fd, const SocketAddress& address) {
  return bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 ? 0
                                                                                          : errno;
}

/// Connections of an earlier server that linger in TIME_WAIT forbid a plain bind. SO_REUSEADDR
/// passes them, but also bound sockets with the same flag that do not listen, which is what other
/// pods have: to listen for a moment finds those, and a socket without the flag is found by them.
int bindBesideTimeWait(int fd, const SocketAddress& address) {
  setFlag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  int code = bindTo(fd, address);
  if (code == 0 && listen(fd, 0) != 0) {
    code = errno;
  }
  setFlag(fd, SOL_SOCKET, SO_REUSEADDR, 0);
  if (code == 0) {
    // Not listening any more, and still bound: the port was asked for by number.
    shutdown(fd, SHUT_RDWR);
  }
  return code;
}

UniqueFd openSocket(const PublishedPort& port, int family) {
  const int type = protocolNumber(port) == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd fd(socket(family, type | SOCK_CLOEXEC, 0));
  if (fd && family == AF_INET6) {
    // One socket for both families where the port is to be had on all addresses.
    setFlag(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, port.hostIp.empty() ? 0 : 1);
  }
  return fd;
}

/// An answer to ::1 does not come in by any interface but lo, whatever is translated.
void refuseLoopback6(const PublishedPort& port) {
  if (IpAddress::parse(port.hostIp) == IpAddress::parse("::1")) {
    throw Error(ErrorKind::unsupported,
                cat("publishing port ", toText(port),
                    ": the kernel forwards nothing to ::1; publish on 127.0.0.1 instead"));
  }
}

[[noreturn]] void failReservation(const PublishedPort& port, int code) {
  const std::string reason = std::generic_category().message(code);
  const std::string operation = cat("publishing port ", toText(port), ": ");
  switch (code) {
    case EADDRINUSE:
      throw Error(ErrorKind::in_use,
                  cat(operation, "address already in use (a program or another pod has it)"), code);
    case EADDRNOTAVAIL:
      throw Error(ErrorKind::invalid,
                  cat(operation, port.hostIp, " is not an address of this host"), code);
    case EACCES:
      throw Error(ErrorKind::denied, cat(operation, reason), code);
    default:
      throw Error(ErrorKind::system, cat(operation, reason), code);
  }
}

using Elements = std::map<std::string, std::vector<nftables::Element>>;

void addElement(Elements& elements, const PublishedPort& port, const std::string& target) {
  const IpAddress to = IpAddress::require(target.substr(0, target.find('/')), "address of a pod");
  const bool any = port.hostIp.empty() || port.hostIp == "0.0.0.0" || port.hostIp == "::";
  nftables::Concatenation key;
  key.addByte(protocolNumber(port));
  if (!any) {
    key.add(IpAddress::require(port.hostIp, cat("publishing port ", toText(port))).bytes());
  }
  key.addPort(port.hostPort);
  nftables::Concatenation data;
  data.add(to.bytes()).addPort(port.containerPort);
  const char* map =
      to.isV4() ? (any ? maps::ports4 : maps::ports4At) : (any ? maps::ports6 : maps::ports6At);
  elements[map].push_back({key.bytes(), data.bytes(), {}});
}

Elements elementsFor(const std::vector<PublishedPort>& ports, const std::string& address4,
                     const std::string& address6) {
  Elements elements;
  for (const PublishedPort& port : ports) {
    refuseLoopback6(port);
    const bool only6 = port.hostIp.find(':') != std::string::npos;
    const bool only4 = !port.hostIp.empty() && !only6;
    if ((only6 && address6.empty()) || (only4 && address4.empty())) {
      throw Error(ErrorKind::invalid, cat("publishing port ", toText(port), ": the pod has no IPv",
                                          only6 ? "6" : "4", " address"));
    }
    if (!only6 && !address4.empty()) {
      addElement(elements, port, address4);
    }
    if (!only4 && !address6.empty()) {
      addElement(elements, port, address6);
    }
  }
  return elements;
}

/// Those whose key is in the kernel's map now.
Elements presentOf(NetlinkSocket& socket, const Elements& elements) {
  Elements present;
  for (const auto& [map, wanted] : elements) {
    std::vector<std::vector<std::byte>> keys;
    for (auto& element : nftables::list(socket, table, map)) {
      keys.push_back(std::move(element.key));
    }
    std::sort(keys.begin(), keys.end());
    for (const auto& element : wanted) {
      if (std::binary_search(keys.begin(), keys.end(), element.key)) {
        present[map].push_back({element.key, {}, {}});
      }
    }
  }
  return present;
}

void forgetOldFlows(NetlinkSocket& socket, const std::vector<PublishedPort>& ports) {
  std::set<std::uint16_t> numbers;
  for (const PublishedPort& port : ports) {
    if (port.protocol == "udp") {
      numbers.insert(port.hostPort);
    }
  }
  if (numbers.empty()) {
    return;
  }
  try {
    conntrack::forgetUdp(socket, numbers);
  } catch (const Error&) {
    // A kernel without ctnetlink: the port is published; who has been asking waits for 30 quiet
    // seconds.
  }
}

/// Between reading the maps and changing them another process may change them too, though not these
/// elements unless somebody cleans up after a dead keeper.
constexpr int attempts = 8;

}  // namespace

UniqueFd reserve(PublishedPort& port) {
  refuseLoopback6(port);
  SocketAddress address = socketAddress(port, AF_INET6);
  UniqueFd fd = openSocket(port, address.family);
  if (!fd && errno == EAFNOSUPPORT && port.hostIp.empty()) {  // a kernel without IPv6
    address = socketAddress(port, AF_INET);
    fd = openSocket(port, address.family);
  }
  if (!fd) {
    failReservation(port, errno);
  }
  int code = bindTo(fd.get(), address);
  if (code == EADDRINUSE && protocolNumber(port) == IPPROTO_TCP && port.hostPort != 0) {
    fd = openSocket(port, address.family);
    code = fd ? bindBesideTimeWait(fd.get(), address) : errno;
  }
  if (code != 0) {
    failReservation(port, code);
  }
  if (port.hostPort == 0) {
    if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) {
      failReservation(port, errno);
    }
    // The port has the same place in both families' addresses.
    port.hostPort = ntohs(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
  }
  return fd;
}

void publish(const std::vector<PublishedPort>& ports, const std::string& address4,
             const std::string& address6) {
  const Elements elements = elementsFor(ports, address4, address6);
  if (elements.empty()) {
    return;
  }
  within(cat("publishing ", ports.size(), ports.size() == 1 ? " port" : " ports"), [&] {
    NetlinkSocket& socket = filterSocket();
    Elements stale;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      nftables::Transaction transaction(table);
      for (const auto& [map, old] : stale) {
        transaction.remove(map, old);
      }
      for (const auto& [map, wanted] : elements) {
        transaction.add(map, wanted);
      }
      const int code = transaction.commit(socket, {EBUSY, EEXIST, ENOENT});
      if (code == 0) {
        forgetOldFlows(socket, ports);
        return;
      }
      if (code == ENOENT && stale.empty()) {
        break;
      }
      stale = presentOf(socket, elements);
    }
    throw Error(
        ErrorKind::system,
        "the nftables table inet peapod is not there or is being changed by others all the time");
  });
}

void unpublish(const std::vector<PublishedPort>& ports) {
  // What an element leads to does not matter for taking it away.
  Elements elements = elementsFor(ports, "0.0.0.0", "::");
  for (auto& [map, list] : elements) {
    for (auto& element : list) {
      element.data.clear();
    }
  }
  if (elements.empty()) {
    return;
  }
  within(cat("unpublishing ", ports.size(), ports.size() == 1 ? " port" : " ports"), [&] {
    NetlinkSocket& socket = filterSocket();
    for (int attempt = 0; attempt < attempts; ++attempt) {
      nftables::Transaction transaction(table);
      for (const auto& [map, old] : elements) {
        transaction.remove(map, old);
      }
      if (transaction.commit(socket, {ENOENT}) == 0) {
        return;
      }
      elements = presentOf(socket, elements);
    }
    throw Error(ErrorKind::system,
                "the nftables table inet peapod is being changed by others all the time");
  });
}

}  // namespace network
