#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

/// Keys keep the order they were added in, so that `inspect` and files read as they were written.
using Json = nlohmann::ordered_json;

/// Parses a text; the Error (invalid) names what it is: "parsing manifest.json: ...".
Json parseJson(std::string_view text, const std::string& what);

/// The text of a document, on one line or indented. Bytes that are not UTF-8 (arguments,
/// environment and file names may have any) become U+FFFD; Json::dump() throws for them.
std::string printJson(const Json& json, int indent = -1);

/// Error (invalid), "what: an object is expected, not array", for anything but an object.
void requireObject(const Json& json, const char* what);

/// The text of one of the library's exceptions without its own prefix.
std::string jsonErrorText(const char* what);

/// Sets out from json[key] where the key is there and not null; leaves it alone otherwise. Throws
/// Error (invalid) that names the key where the type is wrong.
template <typename T>
void readMember(const Json& json, const char* key, T& out) {
  const auto member = json.find(key);
  if (member == json.end() || member->is_null()) {
    return;
  }
  try {
    member->get_to(out);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::invalid, cat("\"", key, "\": ", jsonErrorText(error.what())));
  } catch (const Error& error) {
    throw error.within(cat("\"", key, "\""));
  }
}

template <typename T>
void readMember(const Json& json, const char* key, std::optional<T>& out) {
  T value{};
  const auto member = json.find(key);
  if (member == json.end() || member->is_null()) {
    return;
  }
  readMember(json, key, value);
  out = std::move(value);
}
