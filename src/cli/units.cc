#include "cli/units.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace cli {
namespace {

std::string scaled(std::uint64_t bytes, double base, int digits,
                   const std::array<std::string_view, 7>& units, std::string_view gap) {
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= base && unit + 1 < units.size()) {
    size /= base;
    ++unit;
  }
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "%.*g", digits, size);
  if (std::strtod(number.data(), nullptr) >= base && unit + 1 < units.size()) {
    std::snprintf(number.data(), number.size(), "1");  // 999.9 kB is rounded to the next unit
    ++unit;
  }
  std::string out(number.data());
  out += gap;
  out += units.at(unit);
  return out;
}

constexpr std::array<std::string_view, 7> decimal{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
constexpr std::array<std::string_view, 7> binary{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

}  // namespace

std::string humanSize(std::uint64_t bytes) {
  return scaled(bytes, 1000, 3, decimal, " ");
}
std::string compactSize(std::uint64_t bytes) {
  return scaled(bytes, 1000, 4, decimal, "");
}
std::string binarySize(std::uint64_t bytes) {
  return scaled(bytes, 1024, 4, binary, "");
}

}  // namespace cli
