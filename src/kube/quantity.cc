#include "kube/quantity.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"

namespace kube {

namespace {

using Number = __int128;

struct Suffix {
  std::string_view text;
  int decimal;  ///< a power of ten
  int binary;   ///< a power of two
};

constexpr std::array suffixes{
    Suffix{"", 0, 0},    Suffix{"n", -9, 0},  Suffix{"u", -6, 0},  Suffix{"m", -3, 0},
    Suffix{"k", 3, 0},   Suffix{"M", 6, 0},   Suffix{"G", 9, 0},   Suffix{"T", 12, 0},
    Suffix{"P", 15, 0},  Suffix{"E", 18, 0},  Suffix{"Ki", 0, 10}, Suffix{"Mi", 0, 20},
    Suffix{"Gi", 0, 30}, Suffix{"Ti", 0, 40}, Suffix{"Pi", 0, 50}, Suffix{"Ei", 0, 60}};

/// "e3", "E-6": a power of ten too, where a sign or digit follows (a lone "E" is exa).
std::optional<Suffix> suffixOf(std::string_view text) {
  const auto* known = std::find_if(suffixes.begin(), suffixes.end(),
                                   [&](const Suffix& one) { return one.text == text; });
  if (known != suffixes.end()) {
    return *known;
  }
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) {
    return std::nullopt;
  }
  std::string_view digits = text.substr(1);
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) {
      return std::nullopt;
    }
  }
  const auto exponent = parseNumber<int>(digits);
  return exponent ? std::optional(Suffix{text, *exponent, 0}) : std::nullopt;
}

/// The digits without their point, and how many followed it.
struct Digits {
  Number number = 0;
  int places = 0;
};

std::optional<Digits> digitsOf(std::string_view text) {
  Digits out;
  bool point = false, any = false;
  for (const char letter : text) {
    if (letter == '.' && !point) {
      point = true;
      continue;
    }
    if (letter < '0' || letter > '9' ||
        __builtin_mul_overflow(out.number, Number{10}, &out.number) ||
        __builtin_add_overflow(out.number, Number{letter - '0'}, &out.number)) {
      return std::nullopt;
    }
    any = true;
    out.places += point ? 1 : 0;
  }
  return any ? std::optional(out) : std::nullopt;
}

Number divideUp(Number number, Number divisor) {
  return number / divisor + (number > 0 && number % divisor != 0 ? 1 : 0);
}

/// number * 10^power, rounded up. Nothing where it does not fit.
std::optional<Number> scaled(Number number, int power) {
  constexpr int most = 38;  // 10^38 is below 2^127
  for (int i = 0; i < std::min(power, most + 1) && number != 0; ++i) {
    if (__builtin_mul_overflow(number, Number{10}, &number)) {
      return std::nullopt;
    }
  }
  Number divisor = 1;
  for (int i = 0; i < std::min(-power, most); ++i) {
    divisor *= 10;
  }
  return divideUp(number, divisor);
}

}  // namespace

std::optional<Quantity> Quantity::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto digits = digitsOf(text.substr(0, end));
  const auto suffix = suffixOf(text.substr(end));
  constexpr int largest = 100;  // keeps the sums of exponents from overflowing
  if (!digits || !suffix || suffix->decimal > largest || suffix->decimal < -largest ||
      digits->places > largest) {
    return std::nullopt;
  }
  Number number = digits->number;
  if (__builtin_mul_overflow(number, Number{1} << suffix->binary, &number)) {
    return std::nullopt;
  }
  constexpr int nano = 9;
  const auto scaledUp = scaled(number, nano + suffix->decimal - digits->places);
  const Number most = Number{std::numeric_limits<std::int64_t>::max()} * unit;
  if (!scaledUp || *scaledUp > most) {
    return std::nullopt;
  }
  return Quantity(negative ? -*scaledUp : *scaledUp);
}

std::int64_t Quantity::in(Nano step) const {
  const Number most = std::numeric_limits<std::int64_t>::max();
  const Number count = nano_ < 0 ? -divideUp(-nano_, step) : divideUp(nano_, step);
  return static_cast<std::int64_t>(std::clamp(count, -most, most));
}

}  // namespace kube
