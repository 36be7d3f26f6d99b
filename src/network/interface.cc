#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/rollback.h"
#include "base/text.h"
#include "kernel/links.h"
#include "kernel/process.h"
#include "network/network.h"

namespace network {

namespace {

void setLoopbackUp() {
  const UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(static_cast<char*>(request.ifr_name), "lo");
  request.ifr_flags = IFF_UP;
  if (!any || ioctl(any.get(), SIOCSIFFLAGS, &request) != 0) {
    throw systemError("setting the loopback interface of a new network namespace up");
  }
}

/// Of interfaces that the namespace gets from now on: a pod has the addresses and routes that it
/// was given, and takes none from who says to be a router, which any other pod could
/// (CVE-2020-10749).
void refuseRouterAdvertisements() {
  // Another value than the kernel's own is what somebody asked for with --sysctl.
  replaceKnob("/proc/sys/net/ipv6/conf/default/accept_ra", "1", "0");
}

/// A socket belongs to the namespace it was opened in, wherever it is used.
NetlinkSocket openNamespace(int namespaceFd) {
  std::optional<NetlinkSocket> socket;
  runApart([&] {
    if (setns(namespaceFd, CLONE_NEWNET) != 0) {
      throw systemError("entering the network namespace");
    }
    socket.emplace(NETLINK_ROUTE);
    refuseRouterAdvertisements();
  });
  return std::move(*socket);
}

bool exists(const std::vector<NetlinkSocket::Failure>& failures) {
  return !failures.empty() && failures.front().code == EEXIST;
}

void createPair(NetlinkSocket& host, const links::Veth& veth) {
  NetlinkBatch create;
  links::addVeth(create, veth);
  // A bridge's port needs no address, and at each change of an interface the kernel goes over the
  // IPv6 routes that come with those of all others.
  links::setNoAutomaticAddress(create, veth.name);
  links::setHairpin(create, veth.name);
  const auto send = [&] {
    auto failures = host.exchange(create);
    std::erase_if(failures, [](const auto& failure) { return failure.code == EAFNOSUPPORT; });
    return failures;
  };
  auto failures = send();
  if (exists(failures)) {
    // An earlier namespace of the same owner is still being taken down by the kernel: its host end
    // has our name.
    NetlinkBatch replace;
    links::remove(replace, veth.name);
    host.send(replace, {ENODEV});
    failures = send();
  }
  if (!failures.empty()) {
    NetlinkSocket::fail(failures.front());
  }
}

/// RFC 4291, appendix A.
IpAddress linkLocalAddress(const std::string& mac) {
  const auto hardware = links::parseMac(mac);
  IpAddress address = IpAddress::require("fe80::/64", "address");
  auto place = std::copy_n(hardware.begin(), 3, address.octets.begin() + 8);
  *place++ = 0xff;
  *place++ = 0xfe;
  std::copy_n(hardware.begin() + 3, 3, place);
  constexpr std::uint8_t localBit = 2;
  address.octets[8] ^= localBit;
  return address;
}

void configure(NetlinkSocket& inside, const Interface& interface) {
  const int index = links::indexOf(inside, interface.name);
  NetlinkBatch batch;
  // The kernel would ask all other pods first whether one of them has it.
  links::setNoAutomaticAddress(batch, interface.name);
  links::setUp(batch, index);
  if (!interface.address6.empty() && !interface.mac.empty()) {
    links::addAddress(batch, index, linkLocalAddress(interface.mac));
  }
  for (const auto& [address, gateway] : {std::pair(interface.address4, interface.gateway4),
                                         std::pair(interface.address6, interface.gateway6)}) {
    if (!address.empty()) {
      links::addAddress(batch, index, IpAddress::require(address, "address"));
    }
    if (!gateway.empty()) {
      links::addDefaultRoute(batch, index, IpAddress::require(gateway, "gateway"));
    }
  }
  inside.send(batch, {EAFNOSUPPORT});
}

void removeLink(const std::string& name) {
  NetlinkSocket socket(NETLINK_ROUTE);
  NetlinkBatch batch;
  links::remove(batch, name);
  socket.send(batch, {ENODEV});
}

}  // namespace

UniqueFd createNamespace() {
  UniqueFd fd;
  runApart(
      [&] {
        setLoopbackUp();
        fd.reset(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        if (!fd) {
          throw systemError("opening a new network namespace");
        }
      },
      CLONE_NEWNET);
  return fd;
}

void attach(int namespaceFd, const Interface& interface) {
  within(cat("attaching interface ", interface.hostName, " to ", interface.bridgeDevice), [&] {
    NetlinkSocket host(NETLINK_ROUTE);
    const int bridge = links::indexOf(host, interface.bridgeDevice);
    if (bridge == 0) {
      throw Error(ErrorKind::not_found, cat("there is no bridge ", interface.bridgeDevice));
    }
    NetlinkSocket inside = openNamespace(namespaceFd);
    createPair(host, {interface.hostName, bridge, interface.name, namespaceFd, interface.mac});
    Rollback undo;
    undo.add([&] {
      try {
        removeLink(interface.hostName);
      } catch (const Error&) {  // it dies with the namespace
      }
    });
    configure(inside, interface);
    undo.commit();
  });
}

void detach(const Interface& interface) {
  within(cat("detaching interface ", interface.hostName), [&] { removeLink(interface.hostName); });
}

}  // namespace network
