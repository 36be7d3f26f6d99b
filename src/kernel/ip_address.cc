#include "kernel/ip_address.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  IpAddress result;
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, address.c_str(), result.octets.data()) == 1) {
      result.family = family;
    }
  }
  if (result.family == 0) {
    return std::nullopt;
  }
  result.prefix = result.bits();
  if (slash != std::string_view::npos) {
    const auto prefix = parseNumber<unsigned>(text.substr(slash + 1));
    if (!prefix || *prefix > result.bits()) {
      return std::nullopt;
    }
    result.prefix = *prefix;
  }
  return result;
}

IpAddress IpAddress::require(std::string_view text, std::string_view what) {
  const auto address = parse(text);
  if (!address) {
    throw Error(ErrorKind::invalid, cat(what, ": \"", text, "\" is not an IP address"));
  }
  return *address;
}

bool IpAddress::isV4() const {
  return family == AF_INET;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  return inet_ntop(family, octets.data(), buffer.data(), buffer.size());
}

std::string IpAddress::textWithPrefix() const {
  return cat(text(), '/', prefix);
}

IpAddress IpAddress::network() const {
  IpAddress result = *this;
  for (unsigned bit = prefix; bit < bits(); ++bit) {
    result.octets.at(bit / 8) &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  return result;
}

bool IpAddress::contains(const IpAddress& address) const {
  IpAddress other = address;
  other.prefix = prefix;
  return family == address.family && other.network().octets == network().octets;
}

std::uint64_t IpAddress::hostNumber() const {
  std::uint64_t number = 0;
  for (unsigned bit = std::max(prefix, bits() < 64 ? 0 : bits() - 64); bit < bits(); ++bit) {
    number = number << 1U | ((octets.at(bit / 8) >> (7 - bit % 8)) & 1U);
  }
  return number;
}

IpAddress IpAddress::withHostNumber(std::uint64_t number) const {
  IpAddress result = network();
  for (unsigned bit = bits(); bit > prefix && number != 0; --bit, number >>= 1U) {
    if ((number & 1U) != 0) {
      result.octets.at((bit - 1) / 8) |= static_cast<std::uint8_t>(0x80U >> ((bit - 1) % 8));
    }
  }
  return result;
}
