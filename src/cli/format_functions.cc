#include "cli/format_functions.h"

#include <algorithm>
#include <array>
#include <compare>

#include "base/json.h"
#include "base/text.h"
#include "cli/format_text_functions.h"

namespace cli::format {
namespace {

/// Nothing where the two cannot be compared.
std::partial_ordering compare(const Value& left, const Value& right) {
  const bool present = left.json != nullptr && right.json != nullptr;
  if (present && left.json->is_number() && right.json->is_number()) {
    if (isInteger(left) && isInteger(right)) {
      return *left.json < *right.json   ? std::partial_ordering::less
             : *right.json < *left.json ? std::partial_ordering::greater
                                        : std::partial_ordering::equivalent;
    }
    return left.json->get<double>() <=> right.json->get<double>();
  }
  if (present && left.json->is_string() && right.json->is_string()) {
    return stringOf(left).compare(stringOf(right)) <=> 0;
  }
  fail("incompatible types for comparison");
}

bool equals(const Value& left, const Value& right) {
  const bool leftNil = left.json == nullptr || left.json->is_null();
  const bool rightNil = right.json == nullptr || right.json->is_null();
  if (leftNil || rightNil) {
    return leftNil && rightNil;
  }
  if (left.json->is_boolean() && right.json->is_boolean()) {
    return *left.json == *right.json;
  }
  return compare(left, right) == std::partial_ordering::equivalent;
}

Value eq(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(std::any_of(arguments.begin() + 1, arguments.end(),
                                  [&](const Value& other) { return equals(arguments[0], other); }));
}
Value ne(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(!equals(arguments[0], arguments[1]));
}
Value lt(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(std::is_lt(compare(arguments[0], arguments[1])));
}
Value le(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(std::is_lteq(compare(arguments[0], arguments[1])));
}
Value gt(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(std::is_gt(compare(arguments[0], arguments[1])));
}
Value ge(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(std::is_gteq(compare(arguments[0], arguments[1])));
}
Value negate(Scratch& scratch, const Arguments& arguments) {
  return scratch.keep(!isTrue(arguments[0]));
}

Value len(Scratch& scratch, const Arguments& arguments) {
  const Value& value = arguments[0];
  if (value.json == nullptr ||
      !(value.json->is_string() || value.json->is_array() || value.json->is_object())) {
    fail(cat("len of type ", typeName(value)));
  }
  return scratch.keep(value.json->is_string() ? stringOf(value).size() : value.json->size());
}

/// What Go's map would have for a key that is not in it: the empty value of its elements' type.
Value emptyElement(Scratch& scratch, const Json& object) {
  if (object.empty() || object.begin()->is_string()) {
    return scratch.keep("");
  }
  const Json& model = *object.begin();
  if (model.is_array()) {
    return scratch.keep(Json::array());
  }
  if (model.is_boolean()) {
    return scratch.keep(false);
  }
  return model.is_number() ? scratch.keep(0) : Value{};
}

Value element(Scratch& scratch, const Value& value, const Value& key) {
  if (value.json == nullptr || value.json->is_null()) {
    fail("index of untyped nil");
  }
  const Json& json = *value.json;
  if (json.is_object()) {
    const auto member = json.find(stringOf(key));
    return member == json.end() ? emptyElement(scratch, json)
                                : Value{&*member, isMapField(stringOf(key))};
  }
  if (!json.is_array() && !json.is_string()) {
    fail(cat("can't index item of type ", typeName(value)));
  }
  if (!isInteger(key)) {
    fail(cat("cannot index slice/array with type ", typeName(key)));
  }
  const long long at = integerOf(key);
  const std::size_t size = json.is_array() ? json.size() : stringOf(value).size();
  if (at < 0 || static_cast<std::size_t>(at) >= size) {
    fail(cat("index out of range: ", at));
  }
  const auto position = static_cast<std::size_t>(at);
  return json.is_array() ? Value{&json[position]}
                         : scratch.keep(static_cast<unsigned char>(stringOf(value)[position]));
}

Value index(Scratch& scratch, const Arguments& arguments) {
  Value value = arguments[0];
  for (std::size_t key = 1; key < arguments.size(); ++key) {
    value = element(scratch, value, arguments[key]);
  }
  return value;
}

Value slice(Scratch& scratch, const Arguments& arguments) {
  const Value& value = arguments[0];
  const bool isArray = value.json != nullptr && value.json->is_array();
  const auto size = static_cast<long long>(isArray ? value.json->size() : stringOf(value).size());
  const long long from = arguments.size() > 1 ? integerOf(arguments[1]) : 0;
  const long long to = arguments.size() > 2 ? integerOf(arguments[2]) : size;
  if (from < 0 || from > size || to < 0 || to > size) {
    fail(cat("index out of range: ", from < 0 || from > size ? from : to));
  }
  if (from > to) {
    fail(cat("invalid slice index: ", from, " > ", to));
  }
  if (isArray) {
    return scratch.keep(Json(value.json->begin() + from, value.json->begin() + to));
  }
  return scratch.keep(
      stringOf(value).substr(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
}

struct Function {
  std::string_view name;
  Value (*call)(Scratch& scratch, const Arguments& arguments);
  std::size_t least, most;  ///< arguments
};

constexpr std::size_t any = 1000;
constexpr std::array<Function, 25> functions{{
    {"and", nullptr, 1, any},
    {"or", nullptr, 1, any},
    {"not", negate, 1, 1},
    {"eq", eq, 2, any},
    {"ne", ne, 2, 2},
    {"lt", lt, 2, 2},
    {"le", le, 2, 2},
    {"gt", gt, 2, 2},
    {"ge", ge, 2, 2},
    {"len", len, 1, 1},
    {"index", index, 1, any},
    {"slice", slice, 1, 3},
    {"print", print, 0, any},
    {"println", println, 0, any},
    {"printf", printf, 1, any},
    {"html", html, 0, any},
    {"urlquery", urlquery, 0, any},
    {"join", joined, 2, 2},
    {"split", splitText, 2, 2},
    {"json", json, 1, 1},
    {"lower", lowered, 1, 1},
    {"upper", uppered, 1, 1},
    {"title", title, 1, 1},
    {"truncate", truncated, 2, 2},
    {"pad", pad, 3, 3},
}};

const Function* functionNamed(std::string_view name) {
  const auto* found = std::find_if(functions.begin(), functions.end(),
                                   [&](const Function& entry) { return entry.name == name; });
  return found == functions.end() ? nullptr : found;
}

}  // namespace

bool isFunction(const std::string& name) {
  return functionNamed(name) != nullptr;
}

Value callFunction(Scratch& scratch, const std::string& name, const Arguments& arguments) {
  const Function* function = functionNamed(name);
  if (arguments.size() < function->least || arguments.size() > function->most) {
    fail(cat("wrong number of args for ", name, ": want ", function->most == any ? "at least " : "",
             function->least, " got ", arguments.size()));
  }
  return within(cat("error calling ", name), [&] { return function->call(scratch, arguments); });
}

}  // namespace cli::format
