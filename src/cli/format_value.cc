#include "cli/format_value.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.h"
#include "base/text.h"

namespace cli::format {
namespace {

/// Go's %v of a float64: the shortest digits, an exponent from 1e21 on and below 1e-4.
std::string floatText(double number) {
  std::array<char, 400> buffer{};
  const double size = number < 0 ? -number : number;
  const bool exponent = size != 0 && (size < 1e-4 || size >= 1e21);
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                    exponent ? std::chars_format::scientific : std::chars_format::fixed);
  return {buffer.data(), result.ptr};
}

std::string arrayText(const Json& array) {
  std::vector<std::string> parts;
  parts.reserve(array.size());
  for (const Json& element : array) {
    parts.push_back(toText({&element}));
  }
  return cat("[", join(parts, " "), "]");
}

std::string objectText(const Value& object) {
  std::vector<std::string> parts;
  for (const std::string& key : keysOf(object)) {
    const std::string text = toText({&object.json->at(key)});
    parts.push_back(object.isMap ? cat(key, ":", text) : text);
  }
  return object.isMap ? cat("map[", join(parts, " "), "]") : cat("{", join(parts, " "), "}");
}

}  // namespace

bool isTrue(const Value& value) {
  if (value.json == nullptr) {
    return false;
  }
  const Json& json = *value.json;
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return json.get<double>() != 0;
    case Json::value_t::string:
      return !json.get_ref<const std::string&>().empty();
    case Json::value_t::null:
    case Json::value_t::object:
    case Json::value_t::array:
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return !json.empty();
}

std::string toText(const Value& value) {
  if (value.json == nullptr || value.json->is_null()) {
    return "<no value>";
  }
  const Json& json = *value.json;
  if (json.is_string()) {
    return json.get<std::string>();
  }
  if (json.is_number_float()) {
    return floatText(json.get<double>());
  }
  if (json.is_array()) {
    return arrayText(json);
  }
  return json.is_object() ? objectText(value) : printJson(json);
}

std::string typeName(const Value& value) {
  if (value.json == nullptr || value.json->is_null()) {
    return "nil";
  }
  const Json& json = *value.json;
  if (json.is_boolean()) {
    return "bool";
  }
  if (json.is_number()) {
    return json.is_number_float() ? "float64" : "int";
  }
  if (json.is_string()) {
    return "string";
  }
  return json.is_array() ? "slice" : value.isMap ? "map" : "struct";
}

bool isMapField(const std::string& name) {
  constexpr std::array<std::string_view, 20> names{
      "Labels",     "Label",        "Annotations",  "Options",     "Networks",
      "Ports",      "PortBindings", "ExposedPorts", "Volumes",     "Sysctls",
      "Sysctl",     "Tmpfs",        "StorageOpt",   "LogOpts",     "Data",
      "DriverOpts", "Env",          "sysctl",       "SecurityOpt", "ManifestAnnotations"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> keysOf(const Value& object) {
  std::vector<std::string> keys;
  keys.reserve(object.json->size());
  for (const auto& [key, member] : object.json->items()) {
    keys.push_back(key);
  }
  if (object.isMap) {
    std::sort(keys.begin(), keys.end());
  }
  return keys;
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::invalid, what);
}

}  // namespace cli::format
