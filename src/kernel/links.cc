#include "kernel/links.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/text.h"

namespace links {

namespace {

ifinfomsg upHeader() {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  return header;
}

void putMac(NetlinkBatch& batch, const std::string& mac) {
  const auto bytes = parseMac(mac);
  batch.put(IFLA_ADDRESS, std::as_bytes(std::span(bytes)));
}

/// In an array of per-interface settings, as the kernel prints it: IPv4's numbers begin with 1,
/// IPv6's with 0.
bool flagIn(std::span<const std::byte> array, std::size_t position) {
  const std::size_t at = position * sizeof(std::int32_t);
  return array.size() >= at + sizeof(std::int32_t) &&
         netlinkNumber<std::int32_t>(array.subspan(at)) != 0;
}

State stateOf(const NetlinkReply& reply) {
  State state;
  const auto* header = reply.header<ifinfomsg>();
  if (header == nullptr) {
    return state;
  }
  state.index = header->ifi_index;
  state.up = (header->ifi_flags & IFF_UP) != 0;
  const auto attributes = reply.attributes<ifinfomsg>();
  state.kind =
      netlinkText(netlinkAttribute(netlinkAttribute(attributes, IFLA_LINKINFO), IFLA_INFO_KIND));
  const auto families = netlinkAttribute(attributes, IFLA_AF_SPEC);
  const auto conf4 = netlinkAttribute(netlinkAttribute(families, AF_INET), IFLA_INET_CONF);
  const auto conf6 = netlinkAttribute(netlinkAttribute(families, AF_INET6), IFLA_INET6_CONF);
  state.forwarding4 = flagIn(conf4, IPV4_DEVCONF_FORWARDING - 1);
  state.routeLocalnet = flagIn(conf4, IPV4_DEVCONF_ROUTE_LOCALNET - 1);
  state.forwarding6 = flagIn(conf6, DEVCONF_FORWARDING);
  state.disabled6 = flagIn(conf6, DEVCONF_DISABLE_IPV6);
  return state;
}

}  // namespace

void addBridge(NetlinkBatch& batch, const std::string& name, const std::string& mac) {
  batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, upHeader(), cat("creating bridge ", name));
  batch.putText(IFLA_IFNAME, name);
  if (!mac.empty()) {
    putMac(batch, mac);
  }
  batch.nest(IFLA_LINKINFO, [&] {
    batch.putText(IFLA_INFO_KIND, "bridge");
    batch.nest(IFLA_INFO_DATA, [&] { batch.putNumber(IFLA_BR_MCAST_SNOOPING, std::uint8_t{0}); });
  });
}

void addVeth(NetlinkBatch& batch, const Veth& veth) {
  batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, upHeader(),
              cat("creating interface ", veth.name, " with its other end ", veth.peerName));
  batch.putText(IFLA_IFNAME, veth.name);
  // More it does not use by itself, and to make them and then turn them off waits for all CPUs.
  batch.putNumber(IFLA_NUM_TX_QUEUES, std::uint32_t{1});
  batch.putNumber(IFLA_NUM_RX_QUEUES, std::uint32_t{1});
  if (veth.bridge != 0) {
    batch.putNumber(IFLA_MASTER, veth.bridge);
  }
  batch.nest(IFLA_LINKINFO, [&] {
    batch.putText(IFLA_INFO_KIND, "veth");
    batch.nest(IFLA_INFO_DATA, [&] {
      batch.nest(VETH_INFO_PEER, [&] {
        batch.putRaw(ifinfomsg{});  // not up: it is not yet tied to the first end then
        batch.putText(IFLA_IFNAME, veth.peerName);
        batch.putNumber(IFLA_NUM_TX_QUEUES, std::uint32_t{1});
        batch.putNumber(IFLA_NUM_RX_QUEUES, std::uint32_t{1});
        batch.putNumber(IFLA_NET_NS_FD, veth.peerNamespace);
        if (!veth.peerMac.empty()) {
          putMac(batch, veth.peerMac);
        }
      });
    });
  });
}

void setHairpin(NetlinkBatch& batch, const std::string& name) {
  batch.begin(RTM_NEWLINK, 0, ifinfomsg{}, cat("setting up the bridge port ", name));
  batch.putText(IFLA_IFNAME, name);
  batch.nest(IFLA_LINKINFO, [&] {
    batch.putText(IFLA_INFO_SLAVE_KIND, "bridge");
    batch.nest(IFLA_INFO_SLAVE_DATA, [&] { batch.putNumber(IFLA_BRPORT_MODE, std::uint8_t{1}); });
  });
}

void setNoAutomaticAddress(NetlinkBatch& batch, const std::string& name) {
  batch.begin(RTM_NEWLINK, 0, ifinfomsg{}, cat("keeping interface ", name, " without addresses"));
  batch.putText(IFLA_IFNAME, name);
  batch.nest(IFLA_AF_SPEC, [&] {
    batch.nest(AF_INET6, [&] {
      batch.putNumber(IFLA_INET6_ADDR_GEN_MODE, std::uint8_t{IN6_ADDR_GEN_MODE_NONE});
    });
  });
}

void setUp(NetlinkBatch& batch, int index) {
  ifinfomsg header = upHeader();
  header.ifi_index = index;
  batch.begin(RTM_NEWLINK, 0, header, cat("setting interface ", index, " up"));
}

void remove(NetlinkBatch& batch, const std::string& name) {
  batch.begin(RTM_DELLINK, 0, ifinfomsg{}, cat("removing interface ", name));
  batch.putText(IFLA_IFNAME, name);
}

void addAddress(NetlinkBatch& batch, int index, const IpAddress& address) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(address.family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(address.prefix);
  header.ifa_index = static_cast<std::uint32_t>(index);
  header.ifa_flags = address.isV4() ? 0 : IFA_F_NODAD;
  batch.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header,
              cat("adding address ", address.textWithPrefix()));
  batch.put(IFA_LOCAL, address.bytes());
  batch.put(IFA_ADDRESS, address.bytes());
  if (address.isV4() && address.prefix < 31) {
    IpAddress broadcast = address;
    for (unsigned bit = address.prefix; bit < address.bits(); ++bit) {
      broadcast.octets.at(bit / 8) |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    }
    batch.put(IFA_BROADCAST, broadcast.bytes());
  }
}

void addDefaultRoute(NetlinkBatch& batch, int index, const IpAddress& gateway) {
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(gateway.family);
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_BOOT;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header,
              cat("adding the default route by ", gateway.text()));
  batch.put(RTA_GATEWAY, gateway.bytes());
  batch.putNumber(RTA_OIF, index);
}

std::optional<State> find(NetlinkSocket& socket, const std::string& name) {
  NetlinkBatch batch;
  batch.begin(RTM_GETLINK, 0, ifinfomsg{}, cat("looking up interface ", name));
  batch.putText(IFLA_IFNAME, name);
  batch.putNumber(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  std::optional<State> state;
  for (const auto& failure :
       socket.exchange(batch, [&](const NetlinkReply& reply) { state = stateOf(reply); })) {
    if (failure.code != ENODEV) {
      NetlinkSocket::fail(failure);
    }
  }
  return state;
}

std::vector<IpAddress> addresses(NetlinkSocket& socket, int index) {
  NetlinkBatch batch;
  ifaddrmsg wanted{};
  wanted.ifa_index = static_cast<std::uint32_t>(index);
  batch.begin(RTM_GETADDR, NLM_F_DUMP, wanted, "listing addresses");
  std::vector<IpAddress> found;
  const auto failures = socket.exchange(batch, [&](const NetlinkReply& reply) {
    const auto* header = reply.header<ifaddrmsg>();
    if (reply.type != RTM_NEWADDR || header == nullptr ||
        header->ifa_index != static_cast<std::uint32_t>(index)) {
      return;
    }
    const auto attributes = reply.attributes<ifaddrmsg>();
    auto bytes = netlinkAttribute(attributes, IFA_LOCAL);
    if (bytes.empty()) {
      bytes = netlinkAttribute(attributes, IFA_ADDRESS);
    }
    IpAddress address;
    address.family = header->ifa_family;
    address.prefix = header->ifa_prefixlen;
    std::memcpy(address.octets.data(), bytes.data(), std::min(bytes.size(), address.size()));
    found.push_back(address);
  });
  for (const auto& failure : failures) {
    NetlinkSocket::fail(failure);
  }
  return found;
}

int indexOf(const NetlinkSocket& socket, const std::string& name) {
  ifreq request{};
  name.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
  return ioctl(socket.fd(), SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

std::array<std::uint8_t, 6> parseMac(const std::string& text) {
  std::array<std::uint8_t, 6> mac{};
  const auto parts = split(text, ':');
  bool good = parts.size() == mac.size();
  for (std::size_t i = 0; good && i < mac.size(); ++i) {
    const auto& part = parts[i];
    const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), mac.at(i), 16);
    good = part.size() == 2 && code == std::errc{} && end == part.data() + part.size();
  }
  if (!good || (mac[0] & 1U) != 0) {
    throw Error(ErrorKind::invalid,
                cat("\"", text, "\" is not the hardware address of an interface (six pairs of ",
                    "hexadecimal digits with colons between them, not a multicast one)"));
  }
  return mac;
}

}  // namespace links
