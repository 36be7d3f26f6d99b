#pragma once

#include <rapidjson/fwd.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"

/// A JSON text for what is read once and into types: RapidJSON's document, which takes a tenth of
/// the time of one that can be changed and printed (base/json.h).
class JsonText {
 public:
  /// A value of the text: lives as long as that. What base/json.h's documents can be asked, too,
  /// has the same name and the same errors.
  class Value;

  /// Error (invalid), "parsing WHAT: ...", unless all of it is one value.
  JsonText(std::string_view text, const std::string& what);
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;
  ~JsonText();

  Value root() const;

 private:
  struct Document;
  std::unique_ptr<Document> document_;
};

class JsonText::Value {
 public:
  bool is_null() const;
  bool is_array() const;
  bool is_object() const;
  /// null, boolean, number, string, array, object
  const char* type_name() const;
  std::string text() const;

  /// A whole number; nothing where it is none, or does not fit.
  template <std::integral T>
  std::optional<T> wholeNumber() const {
    if (const auto number = unsignedNumber()) {
      return std::in_range<T>(*number) ? std::optional(static_cast<T>(*number)) : std::nullopt;
    }
    const auto number = signedNumber();
    return number && std::in_range<T>(*number) ? std::optional(static_cast<T>(*number))
                                               : std::nullopt;
  }
  /// The member of an object.
  std::optional<Value> find(const char* key) const;
  /// The same where it is the one at this place, counted from 0.
  std::optional<Value> findAt(std::uint32_t place, std::string_view key) const;
  /// How many elements an array has, or an object members; 0 for others.
  std::uint32_t size() const;
  /// Calls step(value) for each element of an array.
  template <typename Step>
  void forEachElement(Step step) const {
    for (std::uint32_t i = 0; i < size(); ++i) {
      step(element(i));
    }
  }
  /// Calls step(key, value) for each member of an object.
  template <typename Step>
  void forEachMember(Step step) const {
    for (std::uint32_t i = 0; i < size(); ++i) {
      const auto [key, value] = member(i);
      step(key, value);
    }
  }

  /// Error (invalid) for another type.
  void get_to(std::string& out) const;
  void get_to(Path& out) const;
  void get_to(bool& out) const;
  void get_to(double& out) const;

 private:
  friend class JsonText;
  explicit Value(const rapidjson::Value& value) : value_(&value) {}
  Value element(std::uint32_t index) const;
  std::pair<std::string, Value> member(std::uint32_t index) const;
  std::optional<std::uint64_t> unsignedNumber() const;
  std::optional<std::int64_t> signedNumber() const;
  void require(bool holds, const char* type) const;

  const rapidjson::Value* value_;
};
