#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"

/// A JSON text as its own document: one pass notes where each value is, and a value is made of its
/// bytes when it is asked for. For what is read once and into types; it takes a tenth of the time
/// of a document of the library (base/json.h).
class JsonText {
 public:
  /// A value of the text: lives as long as that. What the library's documents can be asked, too,
  /// has the same name and the same errors.
  class Value;

  /// Error (invalid), "parsing WHAT: ...", unless all of it is one value. Does not copy the text.
  JsonText(std::string_view text, const std::string& what);
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  Value root() const;

 private:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  struct Entry {
    Kind kind = Kind::null;
    bool escaped = false;              ///< a string with backslashes
    std::uint32_t begin = 0, end = 0;  ///< in the text; of a string without its quotes
    std::uint32_t next = 0;            ///< the entry after it and all that is in it
  };
  class Parser;

  std::string_view text_;
  std::vector<Entry> entries_;  ///< in the text's order; in an object keys and values alternate
};

class JsonText::Value {
 public:
  bool is_null() const { return entry().kind == Kind::null; }
  bool is_array() const { return entry().kind == Kind::array; }
  bool is_object() const { return entry().kind == Kind::object; }
  /// null, boolean, number, string, array, object
  const char* type_name() const;
  /// As it is written.
  std::string_view text() const;

  /// A whole number; nothing where it is none, or does not fit.
  template <std::integral T>
  std::optional<T> wholeNumber() const {
    return entry().kind == Kind::number ? parseNumber<T>(text()) : std::nullopt;
  }
  /// The member of an object; of several with this key the last.
  std::optional<Value> find(std::string_view key) const;
  /// Calls step(value) for each element of an array.
  template <typename Step>
  void forEachElement(Step step) const {
    for (std::uint32_t at = index_ + 1; at < entry().next; at = document_->entries_[at].next) {
      step(Value(*document_, at));
    }
  }
  /// Calls step(key, value) for each member of an object.
  template <typename Step>
  void forEachMember(Step step) const {
    for (std::uint32_t key = index_ + 1; key < entry().next;) {
      const Value value(*document_, key + 1);
      step(Value(*document_, key).string(), value);
      key = value.entry().next;
    }
  }

  /// Error (invalid) for another type.
  void get_to(std::string& out) const;
  void get_to(Path& out) const;
  void get_to(bool& out) const;
  void get_to(double& out) const;

 private:
  friend class JsonText;
  Value(const JsonText& document, std::uint32_t index) : document_(&document), index_(index) {}
  const Entry& entry() const { return document_->entries_[index_]; }
  std::string string() const;
  void require(Kind kind, const char* name) const;

  const JsonText* document_;
  std::uint32_t index_;
};

inline JsonText::Value JsonText::root() const {
  return {*this, 0};
}
