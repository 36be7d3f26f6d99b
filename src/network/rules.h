#pragma once

#include <string>

#include "kernel/nftables.h"
#include "network/network.h"

/// The nftables table of peapod (inet), made once, filled by elements; and one of the same name for
/// what goes from port to port of a bridge.
namespace network {

extern const nftables::Table table;

/// The maps of published ports. The key is protocol and port, for the "At" ones with the host's
/// address between them.
namespace maps {
constexpr const char* ports4 = "ports4";
constexpr const char* ports6 = "ports6";
constexpr const char* ports4At = "ports4_at";
constexpr const char* ports6At = "ports6_at";
}  // namespace maps

/// The process's one socket to nf_tables, of the network namespace it is in. It stays open: to
/// close one waits for an RCU grace period (10 ms and more) whenever something has been deleted
/// shortly before, by whomever.
NetlinkSocket& filterSocket();

/// True where the table stands, in this version of the rules, and knows the bridge. One round trip.
bool rulesStand(const Bridge& bridge);
/// Makes them stand, in one transaction that leaves published ports and other bridges alone.
void installRules(const Bridge& bridge);

}  // namespace network
