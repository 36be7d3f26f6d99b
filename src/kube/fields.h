#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/quantity.h"
#include "spec/request.h"

namespace kube {

/// One value of a manifest with the path that errors name: "spec.containers[0].image". The document
/// must outlive it. What reads a value throws Error (invalid) where the type is another one.
class Field {
 public:
  Field(const Json& value, std::string path) : value_(value), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  const Json& json() const { return value_; }
  std::string text() const;
  bool truth() const;
  std::int64_t number(std::int64_t least, std::int64_t most) const;
  Quantity quantity() const;  ///< not negative
  std::vector<Field> elements() const;
  std::vector<std::string> texts() const;
  StringMap textMap() const;
  /// The members of an object that are not null.
  std::vector<std::pair<std::string, Field>> members() const;

  /// Error (invalid): "PATH: TEXT".
  [[noreturn]] void refuse(const std::string& text) const;
  /// Error (unsupported): "PATH is not supported yet", with what to do where that is known.
  [[noreturn]] void refuseForNow(const std::string& advice = "") const;

 private:
  [[noreturn]] void refuseType(const char* expected) const;

  const Json& value_;
  std::string path_;
};

/// The fields of one object, each to be asked for by whom it concerns; finish() refuses the rest,
/// so that nothing is ignored by accident. null is as if it were not there.
class Fields {
 public:
  explicit Fields(const Field& object);

  std::optional<Field> find(std::string_view name);
  Field require(std::string_view name);
  std::string text(std::string_view name);  ///< empty where it is not there
  bool truth(std::string_view name);        ///< false where it is not there
  std::vector<Field> elements(std::string_view name);
  /// The one value that is possible so far, or absent.
  void accept(std::string_view name, std::initializer_list<std::string_view> values);
  /// Without a meaning on a single host.
  void ignore(std::initializer_list<std::string_view> names);

  const Field& self() const { return self_; }
  /// Error for a field that nobody has asked for and that asks for something (is not empty):
  /// (unsupported) where it is one of Kubernetes' `others`, else (invalid).
  void finish(std::span<const std::string_view> others) const;

 private:
  std::string pathOf(std::string_view name) const;

  Field self_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace kube
