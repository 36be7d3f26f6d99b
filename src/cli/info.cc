#include "base/json.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/targets.h"

namespace cli {
namespace {

/// Plain YAML of a document, as Podman's info prints it.
void appendYaml(std::string& out, const Json& value, int depth);

void appendChild(std::string& out, const Json& child, int depth) {
  if (child.is_structured() && !child.empty()) {
    out += '\n';
    appendYaml(out, child, depth + 1);
  } else if (child.is_string() && !child.get_ref<const std::string&>().empty()) {
    out += cat(" ", child.get_ref<const std::string&>(), "\n");
  } else {
    out += cat(" ", printJson(child), "\n");
  }
}

void appendYaml(std::string& out, const Json& value, int depth) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      out += cat(indent, key, ":");
      appendChild(out, child, depth);
    }
  } else if (value.is_array()) {
    for (const auto& child : value) {
      out += cat(indent, "-");
      appendChild(out, child, depth);
    }
  }
}

/// Podman's templates use the names of Go's fields: {{.Host.OS}} is "os" in the document.
Json withGoNames(const Json& document) {
  if (!document.is_object()) {
    return document;
  }
  Json out = Json::object();
  for (const auto& [key, value] : document.items()) {
    std::string name = key == "cgroupVersion" ? "CgroupsVersion" : key == "os" ? "OS" : key;
    if (name.front() >= 'a' && name.front() <= 'z') {
      name.front() = static_cast<char>(name.front() - 'a' + 'A');
    }
    out[name] = withGoNames(value);
    out[key] = out[name];
  }
  return out;
}

}  // namespace

int infoCommand(Invocation& invocation) {
  auto options = invocation.options("[options]");
  options.arguments(0, 0);
  std::string format;
  options.text("-f --format", format, "Print as JSON, or by a Go template");
  options.parse(invocation.line, Options::Order::anywhere);
  Json document = invocation.engine().info();
  if (!document.contains("version")) {
    document["version"] = Json{{"Version", versionText()}};
  }
  if (format.empty() || isJsonFormat(format)) {
    std::string text;
    if (format.empty()) {
      appendYaml(text, document, 0);
    } else {
      text = printJson(document, 2) + "\n";
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  }
  const std::string text = renderObject(withGoNames(document), format);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace cli
