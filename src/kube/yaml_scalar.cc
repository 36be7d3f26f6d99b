#include "kube/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace kube {

namespace {

bool isOneOf(const auto& words, const std::string& text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 5> nulls{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 9> truths{"true", "True", "TRUE", "yes", "Yes",
                                                 "YES",  "on",   "On",   "ON"};
constexpr std::array<std::string_view, 9> untruths{"false", "False", "FALSE", "no", "No",
                                                   "NO",    "off",   "Off",   "OFF"};

/// Decimal, 0x..., 0o... or 0..., 0b..., with a sign.
std::optional<Json> integer(const std::string& text) {
  const bool signs = text.starts_with('-') || text.starts_with('+');
  std::string digits = text.substr(signs ? 1 : 0);
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char kind = digits[1];
    base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
    digits.erase(0, kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1);
  }
  std::uint64_t number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number, base);
  if (digits.empty() || error != std::errc{} || end != last) {
    return std::nullopt;
  }
  if (!text.starts_with('-')) {
    return Json(number);
  }
  constexpr std::uint64_t most = std::uint64_t{1} << 63;
  return number > most ? std::nullopt : std::optional(Json(static_cast<std::int64_t>(~number + 1)));
}

bool looksLikeFraction(const std::string& text) {
  const std::size_t from = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::size_t digits = text.find_first_of("0123456789", from);
  if (digits == std::string::npos ||
      (digits != from && (digits != from + 1 || text[from] != '.'))) {
    return false;
  }
  const bool isFraction = text.find_first_of(".eE", from) != std::string::npos;
  return isFraction && text.find_first_not_of("0123456789.eE+-", from) == std::string::npos;
}

std::optional<Json> fraction(const std::string& text) {
  if (!looksLikeFraction(text)) {
    return std::nullopt;
  }
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return Json(number);
}

}  // namespace

Json plainScalar(const std::string& text) {
  if (isOneOf(nulls, text)) {
    return nullptr;
  }
  if (isOneOf(truths, text)) {
    return true;
  }
  if (isOneOf(untruths, text)) {
    return false;
  }
  if (const auto number = integer(text)) {
    return *number;
  }
  if (const auto number = fraction(text)) {
    return *number;
  }
  return text;
}

}  // namespace kube
