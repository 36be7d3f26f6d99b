#include "base/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace {

constexpr bool isDigit(char letter) {
  return letter >= '0' && letter <= '9';
}

constexpr bool isSpace(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r';
}

void appendUtf8(std::string& out, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto addRest = [&](unsigned shift) { add(0x80U | ((code >> shift) & 0x3fU)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0U | (code >> 6U));
    addRest(0);
  } else if (code < 0x10000) {
    add(0xe0U | (code >> 12U));
    addRest(6);
    addRest(0);
  } else {
    add(0xf0U | (code >> 18U));
    addRest(12);
    addRest(6);
    addRest(0);
  }
}

/// The four digits of an escape \uXXXX at its backslash.
std::optional<std::uint32_t> hexadecimal(std::string_view text) {
  if (!text.starts_with("\\u") || text.size() < 6) {
    return std::nullopt;
  }
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
  return error == std::errc{} && end == text.data() + 6 ? std::optional(code) : std::nullopt;
}

struct Escape {
  std::uint32_t code = 0;
  std::size_t size = 0;
};

/// What the text, which begins with a backslash, stands for; nothing where JSON has no such escape.
std::optional<Escape> escapeAt(std::string_view text) {
  constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
  const std::size_t known = text.size() < 2 ? std::string_view::npos : letters.find(text[1]);
  if (known != std::string_view::npos) {
    return Escape{static_cast<unsigned char>(meant[known]), 2};
  }
  const auto code = hexadecimal(text);
  if (!code || (*code & 0xfc00U) == 0xdc00U) {
    return std::nullopt;
  }
  if ((*code & 0xfc00U) != 0xd800U) {
    return Escape{*code, 6};
  }
  const auto low = hexadecimal(text.substr(6));
  if (!low || (*low & 0xfc00U) != 0xdc00U) {
    return std::nullopt;
  }
  return Escape{0x10000 + ((*code & 0x3ffU) << 10U) + (*low & 0x3ffU), 12};
}

}  // namespace

class JsonText::Parser {
 public:
  Parser(std::string_view text, std::vector<Entry>& entries) : text_(text), entries_(entries) {}

  void run() {
    if (text_.size() >= std::numeric_limits<std::uint32_t>::max()) {
      fail("it is too long");
    }
    value(0);
    skipSpace();
    if (at_ != text_.size()) {
      fail("nothing more is expected");
    }
  }

 private:
  /// Of what this program writes nothing is nearly as deep.
  static constexpr int deepest = 100;

  [[noreturn]] void fail(const char* why) const {
    throw Error(ErrorKind::invalid, cat("parse error at byte ", at_ + 1, ": ", why));
  }
  void skipSpace() {
    while (at_ < text_.size() && isSpace(text_[at_])) {
      ++at_;
    }
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char letter) {
    skipSpace();
    if (peek() != letter) {
      return false;
    }
    ++at_;
    return true;
  }
  std::size_t begin(Kind kind) {
    entries_.push_back({.kind = kind, .begin = static_cast<std::uint32_t>(at_)});
    return entries_.size() - 1;
  }
  void end(std::size_t entry) {
    entries_[entry].end = static_cast<std::uint32_t>(at_);
    entries_[entry].next = static_cast<std::uint32_t>(entries_.size());
  }

  void value(int depth) {
    skipSpace();
    switch (peek()) {
      case '{':
      case '[':
        return container(depth);
      case '"':
        return string();
      case 't':
        return word("true", Kind::boolean);
      case 'f':
        return word("false", Kind::boolean);
      case 'n':
        return word("null", Kind::null);
      default:
        return number();
    }
  }

  void container(int depth) {
    if (depth == deepest) {
      fail("it is nested too deeply");
    }
    const bool isObject = peek() == '{';
    const char closing = isObject ? '}' : ']';
    const std::size_t entry = begin(isObject ? Kind::object : Kind::array);
    ++at_;
    if (!take(closing)) {
      do {
        if (isObject) {
          key();
        }
        value(depth + 1);
      } while (take(','));
      if (!take(closing)) {
        fail(isObject ? "',' or '}' is expected" : "',' or ']' is expected");
      }
    }
    end(entry);
  }

  void key() {
    skipSpace();
    if (peek() != '"') {
      fail("a key is expected");
    }
    string();
    if (!take(':')) {
      fail("':' is expected");
    }
  }

  void string() {
    ++at_;
    const std::size_t entry = begin(Kind::string);
    while (peek() != '"') {
      if (peek() == '\\') {
        const auto escape = escapeAt(text_.substr(at_));
        if (!escape) {
          fail("there is no such escape");
        }
        entries_[entry].escaped = true;
        at_ += escape->size;
      } else if (static_cast<unsigned char>(peek()) < ' ') {
        fail("the string does not end");
      } else {
        ++at_;
      }
    }
    end(entry);
    ++at_;
  }

  void word(std::string_view word, Kind kind) {
    if (text_.substr(at_, word.size()) != word) {
      fail("a value is expected");
    }
    const std::size_t entry = begin(kind);
    at_ += word.size();
    end(entry);
  }

  void digits() {
    if (!isDigit(peek())) {
      fail("a value is expected");
    }
    while (isDigit(peek())) {
      ++at_;
    }
  }

  void number() {
    const std::size_t entry = begin(Kind::number);
    at_ += peek() == '-' ? 1 : 0;
    if (peek() == '0') {
      ++at_;
    } else {
      digits();
    }
    if (peek() == '.') {
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      at_ += peek() == '-' || peek() == '+' ? 1 : 0;
      digits();
    }
    end(entry);
  }

  std::string_view text_;
  std::vector<Entry>& entries_;
  std::size_t at_ = 0;
};

JsonText::JsonText(std::string_view text, const std::string& what) : text_(text) {
  constexpr std::size_t usualLength = 16;  // bytes of a value, so that the entries are made once
  entries_.reserve(text.size() / usualLength + 1);
  try {
    Parser(text_, entries_).run();
  } catch (const Error& error) {
    throw error.within("parsing " + what);
  }
}

const char* JsonText::Value::type_name() const {
  constexpr std::array<const char*, 6> names = {"null",   "boolean", "number",
                                                "string", "array",   "object"};
  return names.at(static_cast<std::size_t>(entry().kind));
}

std::string_view JsonText::Value::text() const {
  return document_->text_.substr(entry().begin, entry().end - entry().begin);
}

std::string JsonText::Value::string() const {
  std::string_view rest = text();
  if (!entry().escaped) {
    return std::string(rest);
  }
  std::string out;
  while (!rest.empty()) {
    const std::size_t plain = rest.find('\\');
    out += rest.substr(0, plain);
    rest.remove_prefix(std::min(plain, rest.size()));
    if (const auto escape = escapeAt(rest)) {
      appendUtf8(out, escape->code);
      rest.remove_prefix(escape->size);
    }
  }
  return out;
}

std::optional<JsonText::Value> JsonText::Value::find(std::string_view key) const {
  std::optional<Value> found;
  if (!is_object()) {
    return found;
  }
  for (std::uint32_t at = index_ + 1; at < entry().next;) {
    const Entry& name = document_->entries_[at];
    const bool equal = name.escaped ? Value(*document_, at).string() == key
                                    : name.end - name.begin == key.size() &&
                                          document_->text_.substr(name.begin, key.size()) == key;
    if (equal) {
      found = Value(*document_, at + 1);
    }
    at = document_->entries_[at + 1].next;
  }
  return found;
}

void JsonText::Value::require(Kind kind, const char* name) const {
  if (entry().kind != kind) {
    throw Error(ErrorKind::invalid, cat("type must be ", name, ", but is ", type_name()));
  }
}

void JsonText::Value::get_to(std::string& out) const {
  require(Kind::string, "string");
  out = string();
}

void JsonText::Value::get_to(Path& out) const {
  require(Kind::string, "string");
  out = string();
}

void JsonText::Value::get_to(bool& out) const {
  require(Kind::boolean, "boolean");
  out = text() == "true";
}

void JsonText::Value::get_to(double& out) const {
  require(Kind::number, "number");
  const std::string_view digits = text();
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
}
