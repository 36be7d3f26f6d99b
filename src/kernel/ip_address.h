#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// An IPv4 or IPv6 address, or a network where a prefix length goes with it.
struct IpAddress {
  int family = 0;                         ///< AF_INET, AF_INET6
  std::array<std::uint8_t, 16> octets{};  ///< network byte order; the first four for IPv4
  unsigned prefix = 0;                    ///< 32 or 128 where the text had none

  /// "10.90.0.1", "10.90.0.0/16", "fd00::1/64"; nothing if it is none of them.
  static std::optional<IpAddress> parse(std::string_view text);
  /// The same; Error (invalid) that says what it was to be.
  static IpAddress require(std::string_view text, std::string_view what);

  bool isV4() const;
  unsigned bits() const { return isV4() ? 32 : 128; }
  std::size_t size() const { return isV4() ? 4 : 16; }
  std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(octets)).first(size());
  }
  std::string text() const;            ///< without the prefix length
  std::string textWithPrefix() const;  ///< "10.90.0.1/16"
  /// The first address of the network: all bits after the prefix are 0.
  IpAddress network() const;
  bool contains(const IpAddress& address) const;
  /// The number of the address in its network, as far as it fits into 64 bits (those after the
  /// prefix).
  std::uint64_t hostNumber() const;
  /// The address with this number in the network.
  IpAddress withHostNumber(std::uint64_t number) const;
  bool operator==(const IpAddress&) const = default;
};
