#include "cli/format.h"

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

bool isJsonFormat(std::string_view format) {
  std::string squeezed;
  for (const char letter : format) {
    if (letter != ' ' && letter != '\t' && letter != '\n') {
      squeezed += letter;
    }
  }
  return squeezed == "json" || squeezed == "{{json.}}" || squeezed == "{{json}}";
}

std::string renderList(const Json& rows, std::string_view format, const Headers& headers,
                       bool noHeading) {
  if (isJsonFormat(format)) {
    return printJson(rows, 2) + "\n";
  }
  constexpr std::string_view tableWord = "table ";
  const bool asTable = format.starts_with(tableWord);
  const std::string text(unescape(asTable ? trim(format.substr(tableWord.size())) : format));
  const bool overAll = rangesOverAll(text);
  const Template each = Template::parse(overAll ? text : withLineFeed(text));
  std::string out = asTable && !noHeading ? each.runHeader(headers) : "";
  if (overAll) {
    out += each.run(rows);
  } else {
    for (const Json& row : rows) {
      out += each.run(row);
    }
  }
  return asTable && !out.empty() ? renderTable(cellsOf(out)) : out;
}

std::string renderObject(const Json& object, std::string_view format) {
  return Template::parse(withLineFeed(unescape(format))).run(object);
}

}  // namespace cli
