#pragma once

#include <cstdint>
#include <set>

#include "kernel/netlink.h"

/// The kernel's table of connections (conntrack), over a NETLINK_NETFILTER socket.
namespace conntrack {

/// Forgets the UDP flows to these ports that go to this host or were sent on by it. A flow keeps
/// the way it took at first for as long as packets come: a client that has been asking would never
/// reach what is published since then.
void forgetUdp(NetlinkSocket& socket, const std::set<std::uint16_t>& ports);

}  // namespace conntrack
