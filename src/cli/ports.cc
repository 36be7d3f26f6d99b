#include "cli/ports.h"

#include <arpa/inet.h>

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace cli {
namespace {

struct Range {
  std::uint16_t first = 0;
  std::uint16_t count = 1;
};

std::uint16_t parseNumberOfPort(std::string_view text, std::string_view whose) {
  const auto number = parseNumber<long>(text);
  if (!number) {
    throw Error(ErrorKind::invalid,
                cat("invalid ", whose, " port \"", text, "\": it must be a number"));
  }
  if (*number < 1 || *number > 65535) {
    throw Error(ErrorKind::invalid, cat("invalid ", whose, " port ", *number,
                                        ": port numbers must be between 1 and 65535"));
  }
  return static_cast<std::uint16_t>(*number);
}

Range parseRange(std::string_view text, std::string_view whose) {
  const std::size_t dash = text.find('-');
  Range range{parseNumberOfPort(text.substr(0, dash), whose)};
  if (dash != std::string_view::npos) {
    const std::uint16_t last = parseNumberOfPort(text.substr(dash + 1), whose);
    if (last < range.first) {
      throw Error(ErrorKind::invalid, cat("invalid ", whose, " port range \"", text,
                                          "\": its end is before its start"));
    }
    range.count = static_cast<std::uint16_t>(last - range.first + 1);
  }
  return range;
}

void checkAddress(const std::string& address, int family) {
  unsigned char binary[sizeof(in6_addr)];
  if (inet_pton(family, address.c_str(), binary) != 1) {
    throw Error(ErrorKind::invalid, cat("invalid host address \"", address,
                                        "\": it must be an IPv4 address, or an IPv6 "
                                        "address in brackets"));
  }
}

/// Takes "ADDRESS:" off the front of what precedes the container's port.
std::string takeAddress(std::string_view& text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find("]:");
    if (end == std::string_view::npos) {
      throw Error(ErrorKind::invalid, cat("\"", text, "\" lacks the \"]:\" after an IPv6 address"));
    }
    std::string address(text.substr(1, end - 1));
    checkAddress(address, AF_INET6);
    text.remove_prefix(end + 2);
    return address;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return "";
  }
  std::string address(text.substr(0, colon));
  if (!address.empty()) {
    checkAddress(address, AF_INET);
  }
  text.remove_prefix(colon + 1);
  return address;
}

std::string numbers(std::uint16_t first, std::size_t count) {
  return count == 1 ? cat(first) : cat(first, '-', first + count - 1);
}

}  // namespace

PortMapping parsePort(std::string_view text) {
  return within(cat("port mapping \"", text, "\""), [&] {
    PortMapping mapping;
    std::string_view rest = text;
    if (const std::size_t slash = rest.rfind('/'); slash != std::string_view::npos) {
      mapping.protocol = lower(rest.substr(slash + 1));
      rest = rest.substr(0, slash);
    }
    if (mapping.protocol == "sctp") {
      throw Error(ErrorKind::unsupported, "publishing sctp ports is not supported yet");
    }
    if (mapping.protocol != "tcp" && mapping.protocol != "udp") {
      throw Error(ErrorKind::invalid,
                  cat("unknown protocol \"", mapping.protocol, "\": it must be tcp or udp"));
    }
    const std::size_t colon = rest.rfind(':');
    const bool hasHost = colon != std::string_view::npos;
    const Range inside = parseRange(hasHost ? rest.substr(colon + 1) : rest, "container");
    mapping.containerPort = inside.first;
    mapping.range = inside.count;
    if (!hasHost) {
      return mapping;
    }
    // takeAddress wants to see the colon that separates an address from a host port.
    std::string_view host = rest.substr(0, colon);
    mapping.hostIp = takeAddress(host);
    if (host.empty()) {
      return mapping;
    }
    const Range outside = parseRange(host, "host");
    if (outside.count != inside.count) {
      throw Error(ErrorKind::invalid, cat("host and container port ranges have different lengths: ",
                                          outside.count, " vs ", inside.count));
    }
    mapping.hostPort = outside.first;
    return mapping;
  });
}

std::string hostSide(const network::PublishedPort& port) {
  if (port.hostIp.empty()) {
    return cat("0.0.0.0:", port.hostPort);
  }
  const bool six = port.hostIp.find(':') != std::string::npos;
  return cat(six ? "[" : "", port.hostIp, six ? "]:" : ":", port.hostPort);
}

std::string portsText(const std::vector<network::PublishedPort>& ports) {
  auto sorted = ports;
  std::sort(sorted.begin(), sorted.end(), [](const auto& one, const auto& other) {
    return std::tie(one.protocol, one.hostIp, one.hostPort, one.containerPort) <
           std::tie(other.protocol, other.hostIp, other.hostPort, other.containerPort);
  });
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < sorted.size();) {
    const auto& first = sorted[at];
    std::size_t count = 1;
    while (at + count < sorted.size() && sorted[at + count].protocol == first.protocol &&
           sorted[at + count].hostIp == first.hostIp &&
           sorted[at + count].hostPort == first.hostPort + count &&
           sorted[at + count].containerPort == first.containerPort + count) {
      ++count;
    }
    std::string outside = hostSide(first);
    outside += count == 1 ? "" : cat('-', first.hostPort + count - 1);
    texts.push_back(cat(outside, "->", numbers(first.containerPort, count), '/', first.protocol));
    at += count;
  }
  return join(texts, ", ");
}

}  // namespace cli
