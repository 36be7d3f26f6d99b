#include "kernel/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

namespace conntrack {

namespace {

using Bytes = std::span<const std::byte>;

/// Bit of a dump's filter for the protocol (the kernel's net/netfilter/nf_internals.h; Linux 5.8).
constexpr std::uint32_t filterProtocol = 1U << 3U;

std::uint16_t typeOf(int message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

nfgenmsg familyHeader(int family) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<std::uint8_t>(family);
  header.version = NFNETLINK_V0;
  return header;
}

Bytes addressIn(Bytes tuple, std::uint16_t v4, std::uint16_t v6) {
  const Bytes ip = netlinkAttribute(tuple, CTA_TUPLE_IP);
  const Bytes found = netlinkAttribute(ip, v4);
  return found.empty() ? netlinkAttribute(ip, v6) : found;
}

bool same(Bytes one, Bytes other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end());
}

bool concerns(Bytes flow, const std::set<std::uint16_t>& ports) {
  const Bytes there = netlinkAttribute(flow, CTA_TUPLE_ORIG);
  const Bytes back = netlinkAttribute(flow, CTA_TUPLE_REPLY);
  const Bytes protocol = netlinkAttribute(there, CTA_TUPLE_PROTO);
  const auto number = netlinkNumber<std::uint8_t>(netlinkAttribute(protocol, CTA_PROTO_NUM));
  const auto port =
      ntohs(netlinkNumber<std::uint16_t>(netlinkAttribute(protocol, CTA_PROTO_DST_PORT)));
  if (number != IPPROTO_UDP || !ports.contains(port)) {
    return false;
  }
  const bool sentOn = !same(addressIn(there, CTA_IP_V4_DST, CTA_IP_V6_DST),
                            addressIn(back, CTA_IP_V4_SRC, CTA_IP_V6_SRC));
  const bool masqueraded = !same(addressIn(there, CTA_IP_V4_SRC, CTA_IP_V6_SRC),
                                 addressIn(back, CTA_IP_V4_DST, CTA_IP_V6_DST));
  // What is only masqueraded goes from a pod to such a port elsewhere, and would lose its way back.
  return sentOn || !masqueraded;
}

struct Flow {
  int family;
  std::vector<std::byte> tuple;  ///< CTA_TUPLE_ORIG
};

/// The kernel filters by the protocol, within one family.
void collect(NetlinkSocket& socket, int family, const std::set<std::uint16_t>& ports,
             std::vector<Flow>& found) {
  NetlinkBatch list;
  list.begin(typeOf(IPCTNL_MSG_CT_GET), NLM_F_DUMP, familyHeader(family), "listing UDP flows");
  list.nest(CTA_TUPLE_ORIG | NLA_F_NESTED, [&] {
    list.nest(CTA_TUPLE_PROTO | NLA_F_NESTED,
              [&] { list.putNumber(CTA_PROTO_NUM, std::uint8_t{IPPROTO_UDP}); });
  });
  list.nest(CTA_FILTER | NLA_F_NESTED,
            [&] { list.putNumber(CTA_FILTER_ORIG_FLAGS, filterProtocol); });
  const auto failures = socket.exchange(list, [&](const NetlinkReply& reply) {
    const Bytes flow = reply.attributes<nfgenmsg>();
    if (concerns(flow, ports)) {
      const Bytes tuple = netlinkAttribute(flow, CTA_TUPLE_ORIG);
      found.push_back({family, {tuple.begin(), tuple.end()}});
    }
  });
  for (const auto& failure : failures) {
    NetlinkSocket::fail(failure);
  }
}

}  // namespace

void forgetUdp(NetlinkSocket& socket, const std::set<std::uint16_t>& ports) {
  std::vector<Flow> found;
  for (const int family : {AF_INET, AF_INET6}) {
    collect(socket, family, ports, found);
  }
  // So many that their acknowledgements fit into the socket's buffer.
  constexpr std::size_t atOnce = 100;
  for (std::size_t first = 0; first < found.size(); first += atOnce) {
    NetlinkBatch forget;
    for (std::size_t i = first; i < std::min(found.size(), first + atOnce); ++i) {
      forget.begin(typeOf(IPCTNL_MSG_CT_DELETE), 0, familyHeader(found[i].family),
                   "forgetting a UDP flow");
      forget.put(CTA_TUPLE_ORIG | NLA_F_NESTED, found[i].tuple);
    }
    socket.send(forget, {ENOENT});
  }
}

}  // namespace conntrack
