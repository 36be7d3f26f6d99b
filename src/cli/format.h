#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

/// `--format`: Go's text/template over JSON values, as Podman's and Docker's users write it. Fields
/// are the members of objects, case and all; {{.Label "key"}} (a field with an argument) is the
/// member "key" of the object "Label". Objects under the names that are maps in Podman's output
/// (Labels, Annotations, Networks, ...) have keys rather than fields: an unknown one is "<no
/// value>" and not an error.
namespace cli {

namespace format {
struct Node;
}

/// Header texts by field: {"ID", "CONTAINER ID"}. Others are made of the field's name:
/// NumberOfContainers is "NUMBER OF CONTAINERS".
using Headers = std::map<std::string, std::string>;

class Template {
 public:
  /// Error (invalid) where it does not parse: "template: 1:8: unexpected {{end}}".
  static Template parse(std::string_view text);
  /// The text without a line feed of its own. Error (invalid) for a field that is not there, with
  /// those that are.
  std::string run(const Json& value) const;
  /// The same with every field's header in its place.
  std::string runHeader(const Headers& headers) const;
  /// What may be a field of the value itself; nothing where any may be read, as it is used whole.
  std::optional<std::set<std::string>> fields() const;

  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

 private:
  Template();
  std::vector<std::unique_ptr<format::Node>> nodes_;
};

/// Lines of cells under one another, each column at least 12 wide and two blanks from the next, as
/// Podman's lists.
std::string renderTable(const std::vector<std::vector<std::string>>& rows);

/// `--format` of a list of objects: "json" and "{{json .}}" (the array, indented), "table ..." (a
/// header line unless noHeading, and aligned columns), "{{range .}}..." (once, over the list), any
/// other template a line per row. "\t" and "\n" in the text are a tab and a line feed.
class ListFormat {
 public:
  /// Error (invalid) where the template does not parse.
  explicit ListFormat(std::string_view format);

  std::string render(const Json& rows, const Headers& headers, bool noHeading = false) const;
  /// Of a row, as Template::fields().
  const std::optional<std::set<std::string>>& fields() const { return fields_; }

 private:
  bool table_ = false, overAll_ = false;
  std::optional<Template> template_;  ///< none: JSON
  std::optional<std::set<std::string>> fields_;
};

std::string renderList(const Json& rows, std::string_view format, const Headers& headers,
                       bool noHeading = false);

/// For `inspect --format`: the template's text for one object and a line feed, with "\t" and "\n"
/// as above.
std::string renderObject(const Json& object, std::string_view format);

/// "json", "{{json .}}" and the like: the whole list as JSON is meant.
bool isJsonFormat(std::string_view format);

}  // namespace cli
