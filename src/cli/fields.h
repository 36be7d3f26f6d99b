#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "base/json.h"
#include "cli/format.h"

namespace cli {

/// A field of a list's rows: its name in templates, and how its value is made.
template <typename Of>
struct Field {
  const char* name;
  std::function<Json(const Of& of)> valueOf;
};

/// The fields that the format reads; all where it may read any, or names one that there is not: the
/// error tells which there are.
template <typename Of>
std::vector<Field<Of>> fieldsFor(const ListFormat& format, std::vector<Field<Of>> all) {
  const auto& names = format.fields();
  const auto exists = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& field) { return name == field.name; });
  };
  if (names && std::all_of(names->begin(), names->end(), exists)) {
    std::erase_if(all, [&](const auto& field) { return !names->contains(field.name); });
  }
  return all;
}

/// What a template runs over.
template <typename Of>
Json rowOf(const std::vector<Field<Of>>& fields, const Of& of) {
  Json row = Json::object();
  row.get_ref<Json::object_t&>().reserve(fields.size());
  for (const Field<Of>& field : fields) {
    row.emplace(field.name, field.valueOf(of));
  }
  return row;
}

}  // namespace cli
