#include "kube/fields.h"

#include <algorithm>

#include "base/error.h"

namespace kube {

void Field::refuse(const std::string& text) const {
  throw Error(ErrorKind::invalid, cat(path_.empty() ? "the document" : path_, ": ", text));
}

void Field::refuseForNow(const std::string& advice) const {
  throw Error(ErrorKind::unsupported,
              cat(path_, " is not supported yet", advice.empty() ? "" : ": ", advice));
}

void Field::refuseType(const char* expected) const {
  refuse(cat("it must be ", expected, ", not ",
             value_.type_name() == std::string("string")
                 ? cat("the text \"", value_.get<std::string>(), "\"")
                 : printJson(value_).substr(0, 40)));
}

std::string Field::text() const {
  if (!value_.is_string()) {
    refuseType("a text (in quotes, where it looks like a number or a truth value)");
  }
  std::string text = value_.get<std::string>();
  if (text.find('\0') != std::string::npos) {
    refuse("it has a zero byte in it");
  }
  return text;
}

bool Field::truth() const {
  if (!value_.is_boolean()) {
    refuseType("true or false");
  }
  return value_.get<bool>();
}

std::int64_t Field::number(std::int64_t least, std::int64_t most) const {
  const bool tooLarge = value_.is_number_unsigned() &&
                        value_.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (!value_.is_number_integer() || tooLarge || value_.get<std::int64_t>() < least ||
      value_.get<std::int64_t>() > most) {
    refuseType(cat("a whole number from ", least, " to ", most).c_str());
  }
  return value_.get<std::int64_t>();
}

Quantity Field::quantity() const {
  const std::string text = value_.is_number() ? value_.dump() : this->text();
  const auto quantity = Quantity::parse(text);
  if (!quantity) {
    refuse(cat("\"", text, "\" is not a quantity such as 100m, 0.5, 128Mi or 1G"));
  }
  if (quantity->units() < 0) {
    refuse(cat(text, " is below 0"));
  }
  return *quantity;
}

std::vector<Field> Field::elements() const {
  if (!value_.is_array()) {
    refuseType("a list");
  }
  std::vector<Field> all;
  for (const Json& element : value_) {
    all.emplace_back(element, cat(path_, "[", all.size(), "]"));
  }
  return all;
}

std::vector<std::string> Field::texts() const {
  std::vector<std::string> all;
  for (const Field& element : elements()) {
    all.push_back(element.text());
  }
  return all;
}

std::vector<std::pair<std::string, Field>> Field::members() const {
  if (!value_.is_object()) {
    refuseType("an object");
  }
  std::vector<std::pair<std::string, Field>> all;
  for (const auto& [key, value] : value_.items()) {
    if (!value.is_null()) {
      all.emplace_back(key, Field(value, cat(path_, path_.empty() ? "" : ".", key)));
    }
  }
  return all;
}

StringMap Field::textMap() const {
  StringMap map;
  for (const auto& [key, value] : members()) {
    map[key] = value.text();
  }
  return map;
}

Fields::Fields(const Field& object) : self_(object) {
  object.members();  // an Error where it is none
}

std::string Fields::pathOf(std::string_view name) const {
  return cat(self_.path(), self_.path().empty() ? "" : ".", name);
}

std::optional<Field> Fields::find(std::string_view name) {
  known_.emplace(name);
  const auto member = self_.json().find(std::string(name));
  if (member == self_.json().end() || member->is_null()) {
    return std::nullopt;
  }
  return Field(*member, pathOf(name));
}

Field Fields::require(std::string_view name) {
  const auto field = find(name);
  if (!field) {
    throw Error(ErrorKind::invalid, cat(pathOf(name), " is missing"));
  }
  return *field;
}

std::string Fields::text(std::string_view name) {
  const auto field = find(name);
  return field ? field->text() : "";
}

bool Fields::truth(std::string_view name) {
  const auto field = find(name);
  return field && field->truth();
}

std::vector<Field> Fields::elements(std::string_view name) {
  const auto field = find(name);
  return field ? field->elements() : std::vector<Field>();
}

void Fields::accept(std::string_view name, std::initializer_list<std::string_view> values) {
  const auto field = find(name);
  if (field && std::find(values.begin(), values.end(), field->text()) == values.end()) {
    throw Error(ErrorKind::unsupported,
                cat(field->path(), ": ", field->text(), " is not supported yet"));
  }
}

void Fields::ignore(std::initializer_list<std::string_view> names) {
  known_.insert(names.begin(), names.end());
}

void Fields::finish(std::span<const std::string_view> others) const {
  for (const auto& [name, field] : self_.members()) {
    const bool asks = !field.json().is_structured() || !field.json().empty();
    if (!asks || known_.contains(name)) {
      continue;
    }
    if (std::find(others.begin(), others.end(), name) != others.end()) {
      field.refuseForNow();
    }
    field.refuse("Kubernetes has no such field");
  }
}

}  // namespace kube
