#include "engine/ports.h"

#include <arpa/inet.h>

#include <algorithm>

namespace engine {

using network::PublishedPort;

namespace {

constexpr unsigned lastPort = 65535;

bool isAddress(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

void checkPort(const PortMapping& port) {
  const unsigned count = port.range;
  const bool hostFits = port.hostPort == 0 || port.hostPort + count - 1 <= lastPort;
  if (count == 0 || port.containerPort == 0 || port.containerPort + count - 1 > lastPort ||
      !hostFits) {
    throw Error(ErrorKind::invalid, cat("port mapping ", port.hostPort, ":", port.containerPort,
                                        " of ", count, " ports: port numbers must be 1 to 65535"));
  }
  if (port.protocol != "tcp" && port.protocol != "udp") {
    throw Error(ErrorKind::invalid, cat("port ", port.containerPort, "/", port.protocol,
                                        ": the protocol must be tcp or udp"));
  }
  if (!port.hostIp.empty() && !isAddress(port.hostIp)) {
    throw Error(ErrorKind::invalid, cat("port mapping ", port.hostPort, ":", port.containerPort,
                                        ": \"", port.hostIp, "\" is not an ip address"));
  }
}

bool isWildcard(const std::string& ip) {
  return ip.empty() || ip == "0.0.0.0" || ip == "::";
}

/// Both want the same port of the host.
bool collide(const PublishedPort& one, const PublishedPort& other) {
  return one.hostPort == other.hostPort && one.protocol == other.protocol &&
         (one.hostIp == other.hostIp || isWildcard(one.hostIp) || isWildcard(other.hostIp));
}

bool satisfies(const PublishedPort& have, const PublishedPort& wanted) {
  return have.containerPort == wanted.containerPort && have.protocol == wanted.protocol &&
         have.hostIp == wanted.hostIp && (wanted.hostPort == 0 || wanted.hostPort == have.hostPort);
}

}  // namespace

void checkPorts(const std::vector<PortMapping>& ports) {
  std::for_each(ports.begin(), ports.end(), checkPort);
  const std::vector<PublishedPort> single = expand(ports);
  for (auto port = single.begin(); port != single.end(); ++port) {
    const auto clash = std::find_if(single.begin(), port, [&](const PublishedPort& other) {
      return port->hostPort != 0 && collide(*port, other);
    });
    if (clash != port) {
      throw Error(ErrorKind::invalid,
                  cat("host port ", port->hostPort, "/", port->protocol,
                      " is mapped twice: ", toText(*clash), " and ", toText(*port)));
    }
  }
}

std::vector<PublishedPort> expand(const std::vector<PortMapping>& ports) {
  std::vector<PublishedPort> single;
  for (const PortMapping& port : ports) {
    for (unsigned offset = 0; offset < port.range; ++offset) {
      const unsigned host = port.hostPort == 0 ? 0 : port.hostPort + offset;
      single.push_back({port.hostIp, static_cast<std::uint16_t>(host),
                        static_cast<std::uint16_t>(port.containerPort + offset), port.protocol});
    }
  }
  return single;
}

PortMapping mapping(const PublishedPort& port) {
  return {port.hostIp, port.hostPort, port.containerPort, 1, port.protocol};
}

std::vector<PortMapping> requestedPorts(const NetworkRequest& network,
                                        const std::vector<std::string>& exposed) {
  std::vector<PortMapping> ports = network.ports;
  if (!network.publishAll) {
    return ports;
  }
  const std::vector<PublishedPort> named = expand(network.ports);
  for (const std::string& text : exposed) {
    const std::vector<std::string> parts = split(text, '/', 2);
    const auto number = parseNumber<std::uint16_t>(parts.front());
    const std::string protocol = parts.size() > 1 ? parts[1] : "tcp";
    const bool isNamed = std::any_of(named.begin(), named.end(), [&](const PublishedPort& port) {
      return port.containerPort == number.value_or(0) && port.protocol == protocol;
    });
    if (number && *number != 0 && !isNamed) {
      ports.push_back({"", 0, *number, 1, protocol});
    }
  }
  return ports;
}

std::vector<PublishedPort> missingPorts(const std::vector<PublishedPort>& have,
                                        const std::vector<PublishedPort>& wanted) {
  std::vector<PublishedPort> missing;
  for (const PublishedPort& port : wanted) {
    if (std::any_of(have.begin(), have.end(),
                    [&](const PublishedPort& other) { return satisfies(other, port); })) {
      continue;
    }
    const auto clash = std::find_if(have.begin(), have.end(), [&](const PublishedPort& other) {
      return port.hostPort != 0 && collide(port, other);
    });
    if (clash != have.end()) {
      throw Error(ErrorKind::in_use,
                  cat("publishing ", toText(port), ": the port is published as ", toText(*clash)));
    }
    missing.push_back(port);
  }
  return missing;
}

std::string toText(const PublishedPort& port) {
  const bool six = port.hostIp.find(':') != std::string::npos;
  const std::string ip = port.hostIp.empty() ? "0.0.0.0" : port.hostIp;
  return cat(six ? cat("[", ip, "]") : ip, ":", port.hostPort, "->", port.containerPort, "/",
             port.protocol);
}

}  // namespace engine
