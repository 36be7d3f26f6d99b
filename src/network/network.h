#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "kernel/fd.h"

/// The pod network of one host: a bridge, one veth pair per network namespace, published ports in
/// nftables maps. Works on the network namespace that the caller is in ("the host").
namespace network {

/// A network of this host. The default one needs no configuration.
struct Bridge {
  std::string name;               ///< of the network: "peapod"
  std::string device;             ///< of the interface: "peapod0"
  std::string subnet4, gateway4;  ///< "10.90.0.0/16", "10.90.0.1"
  std::string subnet6,
      gateway6;  ///< unique local addresses (RFC 4193); empty: no IPv6 in this network
};

/// The names of the host's veth ends begin with it: rules know the bridge's ports by that.
constexpr std::string_view hostPrefix = "pp";

/// One namespace's end of it.
struct Interface {
  std::string bridgeDevice;
  /// The name of the host's veth end: hostPrefix and what makes it unique on the host, at most 15
  /// characters.
  std::string hostName;
  std::string name = "eth0";
  std::string address4, gateway4;  ///< "10.90.0.5/16", "10.90.0.1"
  std::string address6, gateway6;  ///< empty: none
  std::string mac;                 ///< empty: the kernel's choice
};

struct PublishedPort {
  std::string hostIp;  ///< IPv4 or IPv6; empty: all addresses of the host, and localhost
  std::uint16_t hostPort = 0;
  std::uint16_t containerPort = 0;
  std::string protocol;  ///< tcp, udp
  bool operator==(const PublishedPort&) const = default;
};

/// The network of the instance that has its state below this root. The default root has "peapod"
/// with 10.90.0.0/16; each other one a network of its own beside it, always the same for the same
/// root, so that two instances on one host do not lease the same addresses.
Bridge bridgeFor(const Path& root);
/// That of the default root.
Bridge defaultBridge();
/// The network that an interface is in.
Bridge bridgeOf(const Interface& interface);

/// The bridge with its addresses, forwarding and the nftables table stand afterwards; cheap when
/// they did before. Many processes may call it at once. True where the table had to be made: then
/// no port is published any more.
bool ensure(const Bridge& bridge);

/// A new network namespace with loopback up, and nothing else in it; it lives as long as the
/// descriptor or a process in it.
UniqueFd createNamespace();

/// Gives the namespace its interface: veth pair, bridge port, addresses, default routes. Nothing is
/// left after an error.
void attach(int namespaceFd, const Interface& interface);
/// Takes it away at once. Not needed where the namespace dies: the kernel does it then, and nobody
/// waits.
void detach(const Interface& interface);

/// Binds the host's port so that no other program takes it and "address already in use" is found
/// out: Error (in_use) that names address, port and protocol. hostPort 0 is replaced by the port
/// found. Held by the keeper while published.
UniqueFd reserve(PublishedPort& port);

/// Sends what arrives at the host's ports to the addresses, all in one nftables transaction. An
/// element that a dead keeper left for the same port is replaced.
void publish(const std::vector<PublishedPort>& ports, const std::string& address4,
             const std::string& address6);
/// Takes the elements away; missing ones are no error.
void unpublish(const std::vector<PublishedPort>& ports);

}  // namespace network
