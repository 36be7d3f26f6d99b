#include "base/text.h"

#include <cctype>
#include <cmath>
#include <limits>

std::vector<std::string> split(std::string_view text, char separator, std::size_t pieces) {
  std::vector<std::string> out;
  while (pieces == 0 || out.size() + 1 < pieces) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) {
      break;
    }
    out.emplace_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  out.emplace_back(text);
  return out;
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string out;
  for (const std::string& piece : pieces) {
    if (&piece != &pieces.front()) {
      out += separator;
    }
    out += piece;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return out;
}

std::optional<double> parseFraction(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

std::optional<long long> parseSize(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const std::string suffix = digits == std::string_view::npos ? "" : lower(text.substr(digits));
  const std::optional<double> number = parseFraction(text.substr(0, digits));
  if (!number || *number < 0) {
    return std::nullopt;
  }
  double unit = 1;
  if (!suffix.empty() && suffix != "b") {
    const std::size_t power = std::string_view("bkmgtp").find(suffix[0]);
    const std::string_view rest = std::string_view(suffix).substr(1);
    if (power == std::string_view::npos || power == 0 ||
        !(rest.empty() || rest == "b" || rest == "ib")) {
      return std::nullopt;
    }
    unit = std::pow(1024.0, static_cast<double>(power));
  }
  const double bytes = *number * unit;
  if (bytes >= static_cast<double>(std::numeric_limits<long long>::max())) {
    return std::nullopt;
  }
  return static_cast<long long>(bytes);
}
