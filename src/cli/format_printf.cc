#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/json.h"
#include "base/text.h"
#include "cli/format_functions.h"

namespace cli::format {
namespace {

/// "%-8.3s" taken apart.
struct Verb {
  bool minus = false, plus = false, zero = false, blank = false, sharp = false;
  int width = 0;
  int precision = -1;
  char letter = '\0';
};

constexpr int widest = 10'000;

std::size_t runes(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & '\xc0') != '\x80'; }));
}

std::string padded(std::string text, const Verb& verb) {
  const std::size_t length = runes(text);
  const auto width = static_cast<std::size_t>(verb.width);
  if (length >= width) {
    return text;
  }
  const std::size_t missing = width - length;
  if (verb.minus) {
    return text + std::string(missing, ' ');
  }
  if (!verb.zero) {
    return std::string(missing, ' ') + text;
  }
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return text.insert(sign, missing, '0');
}

std::string firstRunes(const std::string& text, int count) {
  std::size_t end = 0;
  while (end < text.size() && count-- > 0) {
    do {
      ++end;
    } while (end < text.size() && (text[end] & '\xc0') == '\x80');
  }
  return text.substr(0, end);
}

std::string quotedText(const std::string& text) {
  std::string out = "\"";
  for (const char letter : text) {
    constexpr std::string_view specials = "\a\b\f\n\r\t\v\\\"";
    constexpr std::string_view names = "abfnrtv\\\"";
    const std::size_t special = specials.find(letter);
    if (special != std::string_view::npos) {
      out += '\\';
      out += names[special];
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned>(letter));
      out += code.data();
    } else {
      out += letter;
    }
  }
  return out + "\"";
}

std::string hexadecimal(std::string_view text, bool upper) {
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string inBase(unsigned long long number, unsigned base, bool upper) {
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  do {
    out.insert(out.begin(), digits[number % base]);
    number /= base;
  } while (number != 0);
  return out;
}

std::string integerText(const Json& json, const Verb& verb) {
  const bool negative =
      json.is_number_integer() && !json.is_number_unsigned() && json.get<std::int64_t>() < 0;
  const unsigned long long size =
      negative ? 0 - static_cast<unsigned long long>(json.get<std::int64_t>())
               : json.get<unsigned long long>();
  const unsigned base = verb.letter == 'x' || verb.letter == 'X' ? 16
                        : verb.letter == 'o'                     ? 8
                        : verb.letter == 'b'                     ? 2
                                                                 : 10;
  const std::string prefix = verb.sharp && base == 16  ? (verb.letter == 'X' ? "0X" : "0x")
                             : verb.sharp && base == 8 ? "0"
                                                       : "";
  return cat(negative     ? "-"
             : verb.plus  ? "+"
             : verb.blank ? " "
                          : "",
             prefix, inBase(size, base, verb.letter == 'X'));
}

std::string fractionText(double number, const Verb& verb) {
  const std::string format =
      cat("%", verb.plus ? "+" : "", verb.blank ? " " : "", ".*", verb.letter);
  std::array<char, 512> buffer{};
  const int precision = std::min(verb.precision < 0 ? 6 : verb.precision, 100);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  std::snprintf(buffer.data(), buffer.size(), format.c_str(), precision, number);
#pragma GCC diagnostic pop
  return buffer.data();
}

std::string mismatch(const Verb& verb, const Value& value) {
  const std::string type = typeName(value);
  return type == "nil" ? cat("%!", verb.letter, "(<nil>)")
                       : cat("%!", verb.letter, "(", type, "=", toText(value), ")");
}

std::string textVerb(const Verb& verb, const Value& value) {
  std::string text = toText(value);
  if (verb.precision >= 0) {
    text = firstRunes(text, verb.precision);
  }
  return verb.letter == 'q' ? quotedText(text) : text;
}

std::string numberVerb(const Verb& verb, const Value& value) {
  const Json& json = *value.json;
  const bool fraction = json.is_number_float();
  switch (verb.letter) {
    case 'd':
    case 'b':
    case 'o':
    case 'x':
    case 'X':
      return fraction ? mismatch(verb, value) : integerText(json, verb);
    case 'c':
      return fraction ? mismatch(verb, value) : std::string(1, static_cast<char>(json.get<int>()));
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      if (!fraction) {
        return mismatch(verb, value);
      }
      return verb.letter == 'g' && verb.precision < 0 ? toText(value)
                                                      : fractionText(json.get<double>(), verb);
    case 'v':
      return fraction ? toText(value) : integerText(json, verb);
    default:
      return mismatch(verb, value);
  }
}

std::string elements(const Verb& verb, const Value& value);

std::string oneValue(const Verb& verb, const Value& value) {
  if (verb.letter == 'T') {
    return typeName(value);
  }
  if (value.json == nullptr || value.json->is_null()) {
    return verb.letter == 'v' ? "<nil>" : mismatch(verb, value);
  }
  const Json& json = *value.json;
  if (json.is_number()) {
    return numberVerb(verb, value);
  }
  if (json.is_boolean()) {
    return verb.letter == 't' || verb.letter == 'v' ? toText(value) : mismatch(verb, value);
  }
  if (json.is_string()) {
    if (verb.letter == 'x' || verb.letter == 'X') {
      return hexadecimal(json.get_ref<const std::string&>(), verb.letter == 'X');
    }
    const bool fits = verb.letter == 's' || verb.letter == 'q' || verb.letter == 'v';
    const bool goSyntax = verb.letter == 'v' && verb.sharp;
    return goSyntax ? quotedText(toText(value))
           : fits   ? textVerb(verb, value)
                    : mismatch(verb, value);
  }
  return json.is_array() && verb.letter != 'v' ? elements(verb, value) : toText(value);
}

/// A verb for a list is for each of its elements.
std::string elements(const Verb& verb, const Value& value) {
  std::vector<std::string> parts;
  parts.reserve(value.json->size());
  for (const Json& element : *value.json) {
    parts.push_back(oneValue(verb, {&element}));
  }
  return cat("[", join(parts, " "), "]");
}

class Printer {
 public:
  Printer(const std::string& format, const std::vector<Value>& arguments)
      : format_(format), arguments_(arguments) {}

  std::string run() {
    while (at_ < format_.size()) {
      const std::size_t percent = format_.find('%', at_);
      out_ += format_.substr(at_, percent - at_);
      if (percent == std::string::npos) {
        break;
      }
      at_ = percent + 1;
      verb();
    }
    if (next_ < arguments_.size()) {
      std::vector<std::string> extra;
      for (; next_ < arguments_.size(); ++next_) {
        extra.push_back(cat(typeName(arguments_[next_]), "=", toText(arguments_[next_])));
      }
      out_ += cat("%!(EXTRA ", join(extra, ", "), ")");
    }
    return out_;
  }

 private:
  char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  void flags(Verb& verb) {
    for (;; ++at_) {
      switch (peek()) {
        case '-':
          verb.minus = true;
          continue;
        case '+':
          verb.plus = true;
          continue;
        case '0':
          verb.zero = true;
          continue;
        case ' ':
          verb.blank = true;
          continue;
        case '#':
          verb.sharp = true;
          continue;
        default:
          return;
      }
    }
  }

  int size() {
    if (peek() == '*') {
      ++at_;
      const bool isNumber = next_ < arguments_.size() && arguments_[next_].json != nullptr &&
                            arguments_[next_].json->is_number_integer();
      const long long value = isNumber ? arguments_[next_].json->get<long long>() : 0;
      next_ += next_ < arguments_.size() ? 1 : 0;
      return static_cast<int>(std::clamp<long long>(value, -widest, widest));
    }
    int value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = std::min(value * 10 + (format_[at_++] - '0'), widest);
    }
    return value;
  }

  void verb() {
    Verb verb;
    flags(verb);
    verb.width = size();
    if (verb.width < 0) {
      verb.minus = true;
      verb.width = -verb.width;
    }
    if (peek() == '.') {
      ++at_;
      verb.precision = std::max(size(), 0);
    }
    verb.letter = peek();
    if (verb.letter == '\0') {
      out_ += "%!(NOVERB)";
      return;
    }
    ++at_;
    if (verb.letter == '%') {
      out_ += '%';
    } else if (next_ >= arguments_.size()) {
      out_ += cat("%!", verb.letter, "(MISSING)");
    } else {
      out_ += padded(oneValue(verb, arguments_[next_++]), verb);
    }
  }

  const std::string& format_;
  const std::vector<Value>& arguments_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  std::string out_;
};

}  // namespace

std::string formatPrintf(const std::string& format, const std::vector<Value>& arguments) {
  return Printer(format, arguments).run();
}

}  // namespace cli::format
