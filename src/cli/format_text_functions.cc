#include "cli/format_text_functions.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/json.h"
#include "base/text.h"
#include "cli/format_functions.h"

namespace cli::format {
namespace {

Value mapLetters(Scratch& scratch, const Value& value, int (*change)(int)) {
  std::string text = stringOf(value);
  for (char& letter : text) {
    letter = static_cast<char>(change(static_cast<unsigned char>(letter)));
  }
  return scratch.keep(std::move(text));
}

}  // namespace

bool isInteger(const Value& value) {
  return value.json != nullptr && value.json->is_number_integer();
}

const std::string& stringOf(const Value& value) {
  if (value.json == nullptr || !value.json->is_string()) {
    fail(cat("wrong type for value; expected string; got ", typeName(value)));
  }
  return value.json->get_ref<const std::string&>();
}

long long integerOf(const Value& value) {
  if (!isInteger(value)) {
    fail(cat("wrong type for value; expected int; got ", typeName(value)));
  }
  return value.json->get<long long>();
}

/// fmt.Sprint: a blank between two operands of which neither is a string.
Value print(Scratch& scratch, const Arguments& arguments) {
  std::string out;
  bool afterString = true;
  for (const Value& value : arguments) {
    const bool isString = value.json != nullptr && value.json->is_string();
    out += afterString || isString ? "" : " ";
    out += toText(value);
    afterString = isString;
  }
  return scratch.keep(out);
}

Value println(Scratch& scratch, const Arguments& arguments) {
  std::vector<std::string> parts;
  std::transform(arguments.begin(), arguments.end(), std::back_inserter(parts), toText);
  return scratch.keep(join(parts, " ") + "\n");
}

Value printf(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(
      formatPrintf(stringOf(arguments[0]), Arguments(arguments.begin() + 1, arguments.end())));
}

Value html(Scratch& scratch, const Arguments& arguments) {
  const Value text = print(scratch, arguments);
  std::string out;
  for (const char letter : stringOf(text)) {
    constexpr std::string_view specials = "\"'&<>";
    constexpr std::array<std::string_view, 5> entities{"&#34;", "&#39;", "&amp;", "&lt;", "&gt;"};
    const std::size_t special = specials.find(letter);
    out += special == std::string_view::npos ? std::string_view(&letter, 1) : entities.at(special);
  }
  return scratch.keep(out);
}

Value urlquery(Scratch& scratch, const Arguments& arguments) {
  const Value text = print(scratch, arguments);
  std::string out;
  for (const char letter : stringOf(text)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                       std::string_view("-_.~").find(letter) != std::string_view::npos;
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(letter);
    out += plain           ? std::string(1, letter)
           : letter == ' ' ? "+"
                           : cat("%", digits[byte >> 4], digits[byte & 15]);
  }
  return scratch.keep(out);
}

Value joined(Scratch& scratch, const Arguments& arguments) {
  const Value& list = arguments[0];
  if (list.json != nullptr && !list.json->is_array() && !list.json->is_null()) {
    fail(cat("wrong type for value; expected []string; got ", typeName(list)));
  }
  std::vector<std::string> parts;
  if (list.json != nullptr) {
    for (const Json& part : *list.json) {
      parts.push_back(toText({&part}));
    }
  }
  return scratch.keep(join(parts, stringOf(arguments[1])));
}

Value splitText(Scratch& scratch, const Arguments& arguments) {
  const std::string& separator = stringOf(arguments[1]);
  std::string_view rest = stringOf(arguments[0]);
  Json parts = Json::array();
  while (!separator.empty() && rest.find(separator) != std::string_view::npos) {
    const std::size_t at = rest.find(separator);
    parts.push_back(rest.substr(0, at));
    rest.remove_prefix(at + separator.size());
  }
  parts.push_back(rest);
  return scratch.keep(std::move(parts));
}

Value json(Scratch& scratch, const Arguments& arguments) {
  const Json* value = arguments[0].json;
  return scratch.keep(value == nullptr ? "null" : printJson(*value));
}

Value lowered(Scratch& scratch, const Arguments& arguments) {
  return mapLetters(scratch, arguments[0], std::tolower);
}
Value uppered(Scratch& scratch, const Arguments& arguments) {
  return mapLetters(scratch, arguments[0], std::toupper);
}

Value title(Scratch& scratch, const Arguments& arguments) {
  std::string text = stringOf(arguments[0]);
  bool inWord = false;
  for (char& letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (!inWord) {
      letter = static_cast<char>(std::toupper(byte));
    }
    inWord = std::isalnum(byte) != 0 || letter == '_' || letter == '\'' || byte >= 0x80;
  }
  return scratch.keep(std::move(text));
}

Value truncated(Scratch& scratch, const Arguments& arguments) {
  const long long length = integerOf(arguments[1]);
  return scratch.keep(
      stringOf(arguments[0]).substr(0, length < 0 ? 0 : static_cast<std::size_t>(length)));
}

Value pad(Scratch& scratch, const Arguments& arguments) {
  const std::string& text = stringOf(arguments[0]);
  const auto padding = [&](std::size_t argument) {
    return std::string(
        static_cast<std::size_t>(std::clamp<long long>(integerOf(arguments[argument]), 0, 1000)),
        ' ');
  };
  return scratch.keep(text.empty() ? text : cat(padding(1), text, padding(2)));
}

}  // namespace cli::format
