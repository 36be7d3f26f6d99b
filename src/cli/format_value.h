#pragma once

#include <deque>
#include <string>

#include "base/json.h"

/// Values while a template runs.
namespace cli::format {

/// Points into the document or into the Scratch of the run.
struct Value {
  const Json* json = nullptr;  ///< null: "<no value>"
  /// An object whose keys are data rather than fields: an unknown key is no error. JSON does not
  /// say which objects those are, so it goes by the name of the field (isMapField).
  bool isMap = false;
  bool isHeader = false;  ///< a column's header text (in the header line of a table)
};

/// Owns what functions make, as long as the run lasts.
class Scratch {
 public:
  Value keep(Json value) { return {&values_.emplace_back(std::move(value))}; }

 private:
  std::deque<Json> values_;
};

/// False, 0, "", null and what is empty are not true.
bool isTrue(const Value& value);
/// As Go's %v: [a b], map[k:v], {a b}, 1.5, <no value>.
std::string toText(const Value& value);
/// Go's word for the type in errors: string, int, ...
std::string typeName(const Value& value);
bool isMapField(const std::string& name);
/// The keys, sorted, as Go prints and ranges over maps; fields in their own order.
std::vector<std::string> keysOf(const Value& object);
/// Error (invalid): what the template asks of a value cannot be had.
[[noreturn]] void fail(const std::string& what);

}  // namespace cli::format
