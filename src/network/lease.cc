#include "network/lease.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "kernel/ip_address.h"
#include "kernel/links.h"
#include "store/registry.h"

namespace network {

namespace {

/// A row of the registry is one address of one kind; IPv4's name is the network's own.
std::string kind6(const Bridge& bridge) {
  return cat(bridge.name, "/ipv6");
}
std::string kindMac(const Bridge& bridge) {
  return cat(bridge.name, "/mac");
}

/// Number of the last address that may be given: not the broadcast address of IPv4, and of a large
/// IPv6 subnet only what the first 32 bits of numbers reach.
std::uint64_t lastNumber(const IpAddress& subnet) {
  const unsigned free = subnet.bits() - subnet.prefix;
  if (free < 2) {
    return 0;
  }
  const std::uint64_t count = std::uint64_t{1} << std::min(free, 32U);
  return subnet.isV4() ? count - 2 : count - 1;
}

std::string withPrefix(const IpAddress& subnet, std::uint64_t number) {
  IpAddress address = subnet.withHostNumber(number);
  address.prefix = subnet.prefix;
  return address.textWithPrefix();
}

struct Pool {
  store::Registry& registry;
  std::string kind;  ///< as the registry has it
  IpAddress subnet, gateway;
};

std::string takeWanted(const Pool& pool, const std::string& owner, const std::string& wanted) {
  IpAddress address = IpAddress::require(wanted.substr(0, wanted.find('/')), "the wanted address");
  address.prefix = pool.subnet.prefix;
  const std::uint64_t number = address.hostNumber();
  const bool broadcast = pool.subnet.isV4() && number > lastNumber(pool.subnet);
  if (!pool.subnet.contains(address) || number == 0 || broadcast) {
    throw Error(ErrorKind::invalid, cat("the address ", wanted, " is not one of the subnet ",
                                        pool.subnet.textWithPrefix()));
  }
  if (address == pool.gateway) {
    throw Error(ErrorKind::in_use, cat("the address ", wanted, " is the gateway's"));
  }
  if (!pool.registry.addLease({pool.kind, address.textWithPrefix(), owner})) {
    throw Error(ErrorKind::in_use, cat("the address ", wanted, " is in use"));
  }
  return address.textWithPrefix();
}

std::string takeNext(const Pool& pool, const std::string& owner) {
  const std::uint64_t last = lastNumber(pool.subnet);
  const auto before = IpAddress::parse(pool.registry.lastLease(pool.kind));
  std::uint64_t number = before && pool.subnet.contains(*before) ? before->hostNumber() : 0;
  const std::uint64_t gateway = pool.gateway.hostNumber();
  std::set<std::string> taken;
  for (std::uint64_t tried = 0; tried < last; ++tried) {
    number = number >= last ? 1 : number + 1;
    if (number == gateway) {
      continue;
    }
    std::string text = withPrefix(pool.subnet, number);
    if (!taken.contains(text) && pool.registry.addLease({pool.kind, text, owner})) {
      return text;
    }
    if (taken.empty()) {  // from the first collision on, ask the registry only for what may be free
      for (const auto& row : pool.registry.leases(pool.kind)) {
        taken.insert(row.address);
      }
    }
  }
  throw Error(ErrorKind::in_use, cat("the subnet ", pool.subnet.textWithPrefix(),
                                     " has no free address left; remove pods"));
}

std::string take(const Pool& pool, const std::string& owner, const std::string& wanted) {
  return wanted.empty() ? takeNext(pool, owner) : takeWanted(pool, owner, wanted);
}

Pool poolOf(store::Registry& registry, const std::string& kind, const std::string& subnet,
            const std::string& gateway) {
  Pool pool{registry, kind, IpAddress::require(subnet, "subnet"),
            IpAddress::require(gateway, "gateway")};
  pool.gateway.prefix = pool.subnet.prefix;
  return pool;
}

Lease withGateways(Lease lease, const Bridge& bridge) {
  lease.gateway4 = lease.address4.empty() ? "" : bridge.gateway4;
  lease.gateway6 = lease.address6.empty() ? "" : bridge.gateway6;
  return lease;
}

Lease make(store::Registry& registry, const Bridge& bridge, const std::string& owner,
           const WantedLease& wanted) {
  Lease made;
  if (!bridge.subnet4.empty()) {
    const Pool pool = poolOf(registry, bridge.name, bridge.subnet4, bridge.gateway4);
    made.address4 = take(pool, owner, wanted.address4);
  }
  if (!bridge.subnet6.empty()) {
    const Pool pool = poolOf(registry, kind6(bridge), bridge.subnet6, bridge.gateway6);
    made.address6 = take(pool, owner, wanted.address6);
  } else if (!wanted.address6.empty()) {
    throw Error(ErrorKind::invalid,
                cat("the address ", wanted.address6, ": network ", bridge.name, " has no IPv6"));
  }
  made.mac = macFor(made.address4);
  return withGateways(made, bridge);
}

}  // namespace

std::string macFor(const std::string& address4) {
  const auto address = IpAddress::parse(address4);
  if (!address) {
    return {};
  }
  const auto& octet = address->octets;
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "06:70:%02x:%02x:%02x:%02x", octet[0], octet[1], octet[2],
                octet[3]);
  return text.data();
}

Lease lease(store::Registry& registry, const Bridge& bridge, const std::string& owner,
            const WantedLease& wanted) {
  return within(cat("leasing an address of network ", bridge.name), [&] {
    return registry.transaction([&] {
      if (auto found = findLease(registry, bridge, owner)) {
        return *found;
      }
      Lease made = make(registry, bridge, owner, wanted);
      if (!wanted.mac.empty()) {
        links::parseMac(wanted.mac);
        made.mac = lower(wanted.mac);
        if (!registry.addLease({kindMac(bridge), made.mac, owner})) {
          throw Error(ErrorKind::in_use, cat("the hardware address ", wanted.mac, " is in use"));
        }
      }
      return made;
    });
  });
}

std::optional<Lease> findLease(store::Registry& registry, const Bridge& bridge,
                               const std::string& owner) {
  Lease found;
  std::string mac;
  for (const auto& row : registry.leasesOf(owner)) {
    const auto address = IpAddress::parse(row.address);
    if (!address) {
      mac = row.address;
    } else if (address->isV4()) {
      found.address4 = row.address;
    } else {
      found.address6 = row.address;
    }
  }
  if (found.address4.empty() && found.address6.empty()) {
    return std::nullopt;
  }
  found.mac = mac.empty() ? macFor(found.address4) : mac;
  return withGateways(found, bridge);
}

void release(store::Registry& registry, const std::string& owner) {
  registry.removeLeases(owner);
}

}  // namespace network
