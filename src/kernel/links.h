#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/ip_address.h"
#include "kernel/netlink.h"

/// Network interfaces, addresses and routes: what rtnetlink(7) is asked for, as messages to be sent
/// together.
namespace links {

/// Creates a bridge that is up and sends multicast to all ports. EEXIST where the name is taken.
/// Without a hardware address (mac) of its own it has the least of its ports', another one whenever
/// that port goes.
void addBridge(NetlinkBatch& batch, const std::string& name, const std::string& mac = {});

struct Veth {
  std::string name;  ///< of the end that stays
  int bridge = 0;    ///< index of the bridge that this end becomes a port of; 0: none
  std::string peerName;
  int peerNamespace = -1;  ///< descriptor of the other end's namespace
  std::string peerMac;     ///< empty: the kernel's choice
};
/// Creates both ends, each in its place, the one that stays up. EEXIST where one of the names is
/// taken.
void addVeth(NetlinkBatch& batch, const Veth& veth);

/// Lets a bridge's port send back what came from it: with br_netfilter a packet of a pod to its own
/// published port is turned around inside the bridge.
void setHairpin(NetlinkBatch& batch, const std::string& name);

/// Keeps the kernel from giving the interface an IPv6 address by itself. Before it has a carrier.
/// EAFNOSUPPORT where there is no IPv6.
void setNoAutomaticAddress(NetlinkBatch& batch, const std::string& name);

void setUp(NetlinkBatch& batch, int index);
void remove(NetlinkBatch& batch, const std::string& name);

/// An address with its prefix length. IPv6 without duplicate address detection: it is usable at
/// once.
void addAddress(NetlinkBatch& batch, int index, const IpAddress& address);
void addDefaultRoute(NetlinkBatch& batch, int index, const IpAddress& gateway);

/// What the kernel says of one interface.
struct State {
  int index = 0;
  bool up = false;
  std::string kind;  ///< "bridge", "veth"; empty for hardware
  bool forwarding4 = false, routeLocalnet = false, forwarding6 = false, disabled6 = false;
};
std::optional<State> find(NetlinkSocket& socket, const std::string& name);
std::vector<IpAddress> addresses(NetlinkSocket& socket, int index);

/// The index of an interface in the namespace of the socket (netdevice(7)); 0: there is none of
/// that name.
int indexOf(const NetlinkSocket& socket, const std::string& name);

/// "06:70:0a:5a:00:05" to six bytes; Error (invalid) for anything else, and for a multicast
/// address.
std::array<std::uint8_t, 6> parseMac(const std::string& text);

}  // namespace links
