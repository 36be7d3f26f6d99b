#include <cctype>
#include <cstdlib>

#include "cli/format_syntax.h"

namespace cli::format {
namespace {

using Kind = Token::Kind;

constexpr std::string_view blanks = " \t\r\n";

bool isBlank(char letter) {
  return blanks.find(letter) != std::string_view::npos;
}

bool isDigit(char letter) {
  return letter >= '0' && letter <= '9';
}

bool isNameLetter(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return std::isalnum(byte) != 0 || letter == '_' || byte >= 0x80;
}

void appendUtf8(std::string& out, unsigned long point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) {
      const std::size_t open = text_.find("{{", at_);
      if (open == std::string_view::npos) {
        addText(text_.size(), false);
        break;
      }
      // "{{- " takes the blanks before it away, " -}}" those after it.
      const bool trims =
          open + 3 < text_.size() && text_[open + 2] == '-' && isBlank(text_[open + 3]);
      addText(open, trims);
      at_ = open + (trims ? 3 : 2);
      action(open);
    }
    add(Kind::end, text_.size(), text_.size());
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    throw syntaxError(text_, at, what);
  }

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void add(Kind kind, std::size_t from, std::size_t to) {
    Token token;
    token.kind = kind;
    token.text = text_.substr(from, to - from);
    token.at = from;
    token.spaceBefore = space_;
    space_ = false;
    tokens_.push_back(std::move(token));
  }

  void addText(std::size_t end, bool trimsEnd) {
    std::size_t from = at_;
    if (trimsNext_) {
      while (from < end && isBlank(text_[from])) {
        ++from;
      }
    }
    trimsNext_ = false;
    std::size_t to = end;
    while (trimsEnd && to > from && isBlank(text_[to - 1])) {
      --to;
    }
    if (to > from) {
      add(Kind::text, from, to);
    }
    at_ = end;
  }

  /// At the end of an action, trimming or not: past it.
  bool takeClose() {
    std::size_t length = 0;
    if (isBlank(peek()) && text_.substr(at_ + 1).starts_with("-}}")) {
      length = 4;
      trimsNext_ = true;
    } else if (text_.substr(at_).starts_with("}}")) {
      length = 2;
    }
    at_ += length;
    return length != 0;
  }

  void action(std::size_t open) {
    std::size_t comment = at_;
    while (comment < text_.size() && isBlank(text_[comment])) {
      ++comment;
    }
    if (text_.substr(comment).starts_with("/*")) {
      const std::size_t end = text_.find("*/", comment);
      if (end == std::string_view::npos) {
        fail(open, "unclosed comment");
      }
      at_ = end + 2;
      if (!takeClose()) {
        fail(open, "comment ends before closing delimiter");
      }
      return;
    }
    add(Kind::open, open, at_);
    while (!takeClose()) {
      if (at_ >= text_.size()) {
        fail(open, "unclosed action");
      }
      token();
    }
    add(Kind::close, at_, at_);
  }

  void token() {
    const char letter = peek();
    const std::size_t from = at_;
    if (isBlank(letter)) {
      ++at_;
      space_ = true;
    } else if (letter == '"' || letter == '`' || letter == '\'') {
      quoted(letter);
    } else if (isDigit(letter) || ((letter == '-' || letter == '+') && isDigit(peek(1))) ||
               (letter == '.' && isDigit(peek(1)))) {
      number();
    } else if (letter == '.' || letter == '$') {
      ++at_;
      const std::size_t name = takeName();
      const bool bare = name == at_;
      add(letter == '$' ? Kind::variable : bare ? Kind::dot : Kind::field, from, at_);
      tokens_.back().text.erase(0, letter == '.' && bare ? 0 : 1);
    } else if (isNameLetter(letter)) {
      takeName();
      add(Kind::identifier, from, at_);
    } else {
      symbol(letter);
    }
  }

  std::size_t takeName() {
    const std::size_t from = at_;
    while (isNameLetter(peek())) {
      ++at_;
    }
    return from;
  }

  void symbol(char letter) {
    const std::size_t from = at_++;
    switch (letter) {
      case '|':
        return add(Kind::pipe, from, at_);
      case '(':
        return add(Kind::leftParen, from, at_);
      case ')':
        return add(Kind::rightParen, from, at_);
      case ',':
        return add(Kind::comma, from, at_);
      case '=':
        return add(Kind::assign, from, at_);
      case ':':
        if (peek() == '=') {
          ++at_;
          return add(Kind::declare, from, at_);
        }
        break;
      default:
        break;
    }
    fail(from, cat("unexpected \"", letter, "\" in an action"));
  }

  void number() {
    const std::size_t from = at_++;
    while (isNameLetter(peek()) || peek() == '.' ||
           ((peek() == '-' || peek() == '+') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))) {
      ++at_;
    }
    std::string digits(text_.substr(from, at_ - from));
    std::erase(digits, '_');
    add(Kind::literal, from, at_);
    char* end = nullptr;
    errno = 0;
    const long long whole = std::strtoll(digits.c_str(), &end, 0);
    if (*end == '\0' && errno == 0) {
      tokens_.back().value = whole;
      return;
    }
    const auto fraction = parseFraction(digits.starts_with('+') ? digits.substr(1) : digits);
    const double scientific = std::strtod(digits.c_str(), &end);
    if (!fraction && *end != '\0') {
      fail(from, cat("bad number \"", digits, "\""));
    }
    tokens_.back().value = fraction.value_or(scientific);
  }

  void quoted(char quote) {
    const std::size_t from = at_++;
    std::string value;
    while (peek() != quote) {
      if (at_ >= text_.size() || (peek() == '\n' && quote != '`')) {
        fail(from, "unterminated quoted string");
      }
      if (peek() == '\\' && quote != '`') {
        escape(value);
      } else {
        value += text_[at_++];
      }
    }
    ++at_;
    add(Kind::literal, from, at_);
    if (quote == '\'') {
      tokens_.back().value = static_cast<unsigned char>(value.empty() ? 0 : value[0]);
    } else {
      tokens_.back().value = value;
    }
  }

  /// A backslash and what follows it, as in Go's interpreted strings.
  void escape(std::string& value) {
    const std::size_t from = at_++;
    const char letter = peek();
    constexpr std::string_view names = "abfnrtv\\\"'";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\\"'";
    const std::size_t simple = names.find(letter);
    if (letter != '\0' && simple != std::string_view::npos) {
      ++at_;
      value += meanings[simple];
      return;
    }
    const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    const std::string number(text_.substr(std::min(at_ + 1, text_.size()), digits));
    if (digits == 0 || number.size() != digits ||
        number.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      fail(from, "unknown escape in a quoted string");
    }
    at_ += 1 + digits;
    const unsigned long point = std::strtoul(number.c_str(), nullptr, 16);
    if (letter == 'x') {
      value += static_cast<char>(point);
    } else {
      appendUtf8(value, std::min(point, 0x10ffffUL));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool space_ = false;
  bool trimsNext_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
  return Lexer(text).run();
}

Error syntaxError(std::string_view text, std::size_t at, const std::string& what) {
  const std::string_view before = text.substr(0, at);
  std::size_t line = 1;
  for (const char letter : before) {
    line += letter == '\n' ? 1 : 0;
  }
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? at : at - start - 1;
  return {ErrorKind::invalid, cat("template: ", line, ":", column + 1, ": ", what)};
}

}  // namespace cli::format
