#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace text_detail {
inline void append(std::string& out, std::string_view part) {
  out += part;
}
inline void append(std::string& out, char part) {
  out += part;
}
template <std::integral T>
void append(std::string& out, T number) {
  out += std::to_string(number);
}
}  // namespace text_detail

/// The parts, one after the other: cat("pod ", id, " has ", 3, " containers").
template <typename... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (text_detail::append(out, parts), ...);
  return out;
}

/// The pieces between the separators; an empty text has one empty piece. At most `pieces` of them
/// when that is given: the last then holds the rest.
std::vector<std::string> split(std::string_view text, char separator, std::size_t pieces = 0);
std::string join(const std::vector<std::string>& pieces, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);

/// The whole text as a decimal number; nothing if there is anything else in it or it does not fit.
template <std::integral T>
std::optional<T> parseNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// A finite decimal fraction such as "1.5", with the same rule.
std::optional<double> parseFraction(std::string_view text);

/// A size with the suffixes of Docker and Podman: b, k, m, g, t (powers of 1024, either case, an
/// optional trailing "b" or "ib"), to bytes. Nothing if it is not one or does not fit into 63 bits.
std::optional<long long> parseSize(std::string_view text);
