#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.h"
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

/// A socket belongs to the namespace it was opened in, wherever it is used.
NetlinkSocket routeSocketIn(int namespaceFd) {
  std::optional<NetlinkSocket> socket;
  runApart([&] {
    if (setns(namespaceFd, CLONE_NEWNET) != 0) {
      throw systemError("entering the network namespace");
    }
    socket.emplace(NETLINK_ROUTE);
  });
  return std::move(*socket);
}

bool exists(const std::vector<NetlinkSocket::Failure>& failures) {
  return !failures.empty() && failures.front().code == EEXIST;
}

void createPair(NetlinkSocket& host, const links::Veth& veth) {
  NetlinkBatch create;
  links::addVeth(create, veth);
  links::setHairpin(create, veth.name);
  auto failures = host.exchange(create);
  if (exists(failures)) {
    // An earlier namespace of the same owner is still being taken down by the kernel: its host end
    // has our name.
    NetlinkBatch replace;
    links::remove(replace, veth.name);
    host.send(replace, {ENODEV});
    failures = host.exchange(create);
  }
  if (!failures.empty()) {
    NetlinkSocket::fail(failures.front());
  }
}

void configure(NetlinkSocket& inside, const Interface& interface) {
  const int index = links::indexOf(inside, interface.name);
  NetlinkBatch batch;
  links::setUp(batch, index);
  for (const auto& [address, gateway] : {std::pair(interface.address4, interface.gateway4),
                                         std::pair(interface.address6, interface.gateway6)}) {
    if (!address.empty()) {
      links::addAddress(batch, index, IpAddress::require(address, "address"));
    }
    if (!gateway.empty()) {
      links::addDefaultRoute(batch, index, IpAddress::require(gateway, "gateway"));
    }
  }
  inside.send(batch);
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
    NetlinkSocket inside = routeSocketIn(namespaceFd);
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
