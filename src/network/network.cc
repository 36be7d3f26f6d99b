#include "network/network.h"

#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/links.h"
#include "network/lease.h"
#include "network/rules.h"

/// How a packet to a published port travels, for a pod 10.90.0.5 on the bridge peapod0 (10.90.0.1)
/// of a host 192.0.2.7, with
/// `-p 8080:80`. Chains are those of the table inet peapod (rules.cc).
///
/// From another machine, to 192.0.2.7:8080: arrives at eth0. `from_outside` (nat prerouting) finds
/// that the destination is the host itself and jumps to `published`, where one lookup of "tcp .
/// 8080" in the map ports4 gives "10.90.0.5 . 80": the destination is rewritten. The packet is then
/// forwarded to peapod0; `through` lets it pass since it was rewritten (what comes from outside for
/// a pod and was not published is dropped there, so that a port published on 127.0.0.1 alone cannot
/// be had by routing to the pod). Its source stays: the pod sees the client's address. The answer
/// goes through the default route of the pod back to the host, and connection tracking turns it
/// around.
///
/// From the host itself, to 127.0.0.1:8080 or 192.0.2.7:8080: `from_host` (nat output) does the
/// same lookup. A packet with the source 127.0.0.1 may leave by the bridge only since
/// route_localnet is on there, and an answer to 127.0.0.1 would never leave the pod, so `inward`
/// (nat postrouting) gives it the bridge's address as source. `guard` drops what pods themselves
/// send from or to 127.0.0.0/8 over the bridge, which route_localnet would let in (CVE-2020-8558).
/// IPv6 has no route_localnet: the kernel takes no answer to ::1 from the bridge. So [::1]:8080 is
/// left alone, and since the port is bound and nobody listens there, a client that tries ::1 for
/// "localhost" is refused at once and goes on to 127.0.0.1.
///
/// From a pod of the bridge, to 192.0.2.7:8080, its own port included: as from outside; but the
/// answer would go straight from pod to pod over the bridge, past connection tracking, so `inward`
/// gives it the bridge's address as source too.
///
/// The other way round, what pods send elsewhere leaves with the host's address (masquerade in
/// `leaving`).
///
/// A UDP flow that was there before its port was published is forgotten then (kernel/conntrack.h),
/// since connection tracking would go on sending it the old way.
///
/// A table's verdict "accept" ends that table only: a host firewall whose own forward chain drops
/// needs a rule of its own for peapod0; nothing in this table can lift that.
namespace network {

namespace {

constexpr const char* ipv6Settings = "/proc/sys/net/ipv6/conf";

bool hasIpv6() {
  // Not by its settings: there is a directory of that name for each network namespace whose
  // settings somebody has looked at, and the kernel goes over them.
  static const bool has{UniqueFd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0))};
  return has;
}

std::vector<std::string> namesIn(const char* directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory), closedir);
  if (stream) {
    while (const dirent* entry = readdir(stream.get())) {
      if (entry->d_name[0] != '.') {
        names.emplace_back(entry->d_name);
      }
    }
  }
  return names;
}

/// A forwarding host ignores router advertisements unless accept_ra is 2
/// (Documentation/networking/ip-sysctl.rst): the host would lose the addresses and routes that it
/// has by them.
void forwardIpv6(const std::string& device) {
  const Path settings = ipv6Settings;
  for (const std::string& name : namesIn(ipv6Settings)) {
    if (name != device) {
      replaceKnob(settings / name / "accept_ra", "1", "2");
    }
  }
  writeKnob(settings / "all/forwarding", "1");
}

/// FNV-1a, 32 bits: the same for the same text in every build and on every machine.
std::uint32_t fnv1a(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
  }
  return hash;
}

/// "10.90.0.0/16" for "10.90.0.5/16"; nothing for nothing.
std::string networkOf(const std::string& address) {
  return address.empty()
             ? ""
             : IpAddress::require(address, "address of the interface").network().textWithPrefix();
}

/// The bridge's own address, prefix length from the subnet.
std::optional<IpAddress> gatewayOf(const std::string& subnet, const std::string& gateway) {
  if (subnet.empty()) {
    return std::nullopt;
  }
  IpAddress address = IpAddress::require(gateway, "gateway of the bridge");
  address.prefix = IpAddress::require(subnet, "subnet of the bridge").prefix;
  return address;
}

links::State findOrCreate(NetlinkSocket& socket, const Bridge& bridge) {
  auto state = links::find(socket, bridge.device);
  if (!state) {
    NetlinkBatch batch;
    links::addBridge(batch, bridge.device, macFor(bridge.gateway4));
    socket.send(batch, {EEXIST});  // somebody else was faster
    state = links::find(socket, bridge.device);
  }
  if (!state) {
    throw Error(ErrorKind::not_found,
                cat("the bridge ", bridge.device, " was removed while it was being set up"));
  }
  if (state->kind != "bridge") {
    throw Error(ErrorKind::in_use, cat("the host's interface ", bridge.device,
                                       " is not a bridge; rename or remove it"));
  }
  return *state;
}

void ensureAddresses(NetlinkSocket& socket, const Bridge& bridge, const links::State& state) {
  const auto present = links::addresses(socket, state.index);
  NetlinkBatch batch;
  if (!state.up) {
    links::setUp(batch, state.index);
  }
  for (const auto& address :
       {gatewayOf(bridge.subnet4, bridge.gateway4), gatewayOf(bridge.subnet6, bridge.gateway6)}) {
    if (address && std::find(present.begin(), present.end(), *address) == present.end()) {
      links::addAddress(batch, state.index, *address);
    }
  }
  socket.send(batch, {EEXIST});
}

void ensureSettings(const Bridge& bridge, const links::State& state) {
  // An interface forwards as the host does: the kernel copies ip_forward to all when it is set.
  if (!state.forwarding4) {
    writeKnob("/proc/sys/net/ipv4/ip_forward", "1");
  }
  if (!state.routeLocalnet) {
    writeKnob(cat("/proc/sys/net/ipv4/conf/", bridge.device, "/route_localnet"), "1");
  }
  if (bridge.subnet6.empty()) {
    return;
  }
  const Path settings = Path(ipv6Settings) / bridge.device;
  if (state.disabled6) {
    writeKnob(settings / "disable_ipv6", "0");
  }
  if (!state.forwarding6) {
    // A pod must not become the host's router by advertising itself.
    writeKnob(settings / "accept_ra", "0");
    forwardIpv6(bridge.device);
  }
}

}  // namespace

Bridge defaultBridge() {
  Bridge bridge;
  bridge.name = "peapod";
  bridge.device = "peapod0";
  bridge.subnet4 = "10.90.0.0/16";
  bridge.gateway4 = "10.90.0.1";
  if (hasIpv6()) {
    bridge.subnet6 = "fd70:6561:706f:64::/64";
    bridge.gateway6 = "fd70:6561:706f:64::1";
  }
  return bridge;
}

Bridge bridgeFor(const Path& root) {
  Bridge bridge = defaultBridge();
  const Path plain = (root / "").lexically_normal();
  if (plain == "/var/lib/peapod/") {
    return bridge;
  }
  // One of 2,048 networks of 4,094 addresses in 10.128.0.0/9.
  const std::uint32_t number = fnv1a(plain.native()) % 2048;
  const std::string start = cat("10.", 128 + number / 16, '.', number % 16 * 16, '.');
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%04x", number);
  bridge.device = cat("peapod-", digits.data());
  bridge.subnet4 = start + "0/20";
  bridge.gateway4 = start + "1";
  if (hasIpv6()) {
    const std::string start6 = cat("fd70:6561:706f:1", digits.data() + 1, "::");
    bridge.subnet6 = start6 + "/64";
    bridge.gateway6 = start6 + "1";
  }
  return bridge;
}

Bridge bridgeOf(const Interface& interface) {
  Bridge bridge;
  bridge.name = interface.bridgeDevice;
  bridge.device = interface.bridgeDevice;
  bridge.gateway4 = interface.gateway4;
  bridge.subnet4 = networkOf(interface.address4);
  bridge.gateway6 = interface.gateway6;
  bridge.subnet6 = networkOf(interface.address6);
  return bridge;
}

bool ensure(const Bridge& bridge) {
  return within(cat("setting up network ", bridge.name), [&] {
    NetlinkSocket socket(NETLINK_ROUTE);
    const links::State state = findOrCreate(socket, bridge);
    ensureSettings(bridge, state);
    ensureAddresses(socket, bridge, state);
    const bool stood = rulesStand(bridge);
    if (!stood) {
      installRules(bridge);
    }
    return !stood;
  });
}

}  // namespace network
