#pragma once

#include <optional>
#include <string>

#include "network/network.h"

namespace store {
class Registry;
}

namespace network {

/// Addresses that one pod or container has in a network, from the registry.
struct Lease {
  std::string address4, address6;  ///< with prefix length: "10.90.0.5/16"
  std::string gateway4, gateway6;  ///< the network's, for the addresses that there are
  std::string mac;
};

/// The hardware address that goes with an IPv4 address, with or without prefix length: locally
/// administered, and the same whenever the address comes back, so that neighbours' ARP entries stay
/// right. Empty where there is no IPv4 address.
std::string macFor(const std::string& address4);

/// Addresses that are asked for; the network chooses where there is none.
struct WantedLease {
  std::string address4, address6, mac;
};

/// The owner's lease, made if there is none: the next address after the one given out last, so that
/// an address which a dying namespace still has is not reused at once. A wanted one that is taken
/// or outside the subnet is an Error.
Lease lease(store::Registry& registry, const Bridge& bridge, const std::string& owner,
            const WantedLease& wanted = {});
/// The lease the owner has.
std::optional<Lease> findLease(store::Registry& registry, const Bridge& bridge,
                               const std::string& owner);
void release(store::Registry& registry, const std::string& owner);

}  // namespace network
