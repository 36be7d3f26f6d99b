#include "cli/format.h"

#include <algorithm>

#include "base/json.h"
#include "cli/format_evaluator.h"
#include "cli/format_syntax.h"

namespace cli {
namespace {

/// What shells pass on of "\t" and "\n". Inside actions they belong to the strings there.
std::string unescape(std::string_view text) {
  std::string out;
  bool inAction = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view two = text.substr(at, 2);
    if (two == "{{" || two == "}}") {
      inAction = two == "{{";
    }
    if (!inAction && (two == "\\t" || two == "\\n")) {
      out += two == "\\t" ? '\t' : '\n';
      ++at;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string withLineFeed(std::string text) {
  if (!text.ends_with('\n')) {
    text += '\n';
  }
  return text;
}

/// "{{range .}}": over the list itself rather than a list in each row.
bool rangesOverAll(std::string_view text) {
  if (!text.starts_with("{{")) {
    return false;
  }
  std::string squeezed;
  for (const char letter : text.substr(0, text.find("}}"))) {
    if (letter != ' ') {
      squeezed += letter;
    }
  }
  return squeezed == "{{range." || squeezed == "{{-range." || squeezed == "{{range.-" ||
         (squeezed.starts_with("{{range$") && squeezed.ends_with(":=."));
}

/// The lines of a text whose cells are separated by tabs.
std::vector<std::vector<std::string>> cellsOf(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  for (const std::string& line : split(text, '\n')) {
    rows.push_back(split(line, '\t'));
  }
  return rows;
}

bool collectFields(const format::Pipeline& pipeline, std::set<std::string>& names) {
  using Kind = format::Operand::Kind;
  for (const format::Command& command : pipeline.commands) {
    for (const format::Operand& operand : command.operands) {
      // A variable other than $ was set from something that has been looked at.
      const bool whole =
          operand.kind == Kind::dot || (operand.kind == Kind::variable && operand.name.empty());
      if ((whole && operand.fields.empty()) ||
          (operand.pipeline && !collectFields(*operand.pipeline, names))) {
        return false;
      }
      if (whole) {
        names.insert(operand.fields.front());
      }
    }
  }
  return true;
}

/// Adds the first fields of all that is read; false where the value is used whole. Inside of "with"
/// and "range" the dot is another value, whose fields are added, too.
bool collectFields(const format::Nodes& nodes, std::set<std::string>& names) {
  return std::all_of(nodes.begin(), nodes.end(), [&](const auto& node) {
    return collectFields(node->pipeline, names) && collectFields(node->body, names) &&
           collectFields(node->otherwise, names);
  });
}

}  // namespace

Template::Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Template Template::parse(std::string_view text) {
  Template out;
  out.nodes_ = format::parseNodes(text);
  return out;
}

std::string Template::run(const Json& value) const {
  return format::Evaluator(value).run(nodes_);
}

std::string Template::runHeader(const Headers& headers) const {
  const Json nothing;
  return format::Evaluator(nothing, &headers).run(nodes_);
}

std::optional<std::set<std::string>> Template::fields() const {
  std::set<std::string> names;
  return collectFields(nodes_, names) ? std::optional(std::move(names)) : std::nullopt;
}

bool isJsonFormat(std::string_view format) {
  std::string squeezed;
  for (const char letter : format) {
    if (letter != ' ' && letter != '\t' && letter != '\n') {
      squeezed += letter;
    }
  }
  return squeezed == "json" || squeezed == "{{json.}}" || squeezed == "{{json}}";
}

ListFormat::ListFormat(std::string_view format) {
  if (isJsonFormat(format)) {
    return;
  }
  constexpr std::string_view tableWord = "table ";
  table_ = format.starts_with(tableWord);
  const std::string text(unescape(table_ ? trim(format.substr(tableWord.size())) : format));
  overAll_ = rangesOverAll(text);
  template_ = Template::parse(overAll_ ? text : withLineFeed(text));
  fields_ = template_->fields();
}

std::string ListFormat::render(const Json& rows, const Headers& headers, bool noHeading) const {
  if (!template_) {
    return printJson(rows, 2) + "\n";
  }
  std::string out = table_ && !noHeading ? template_->runHeader(headers) : "";
  if (overAll_) {
    out += template_->run(rows);
  } else {
    for (const Json& row : rows) {
      out += template_->run(row);
    }
  }
  return table_ && !out.empty() ? renderTable(cellsOf(out)) : out;
}

std::string renderList(const Json& rows, std::string_view format, const Headers& headers,
                       bool noHeading) {
  return ListFormat(format).render(rows, headers, noHeading);
}

std::string renderObject(const Json& object, std::string_view format) {
  return Template::parse(withLineFeed(unescape(format))).run(object);
}

}  // namespace cli
