#include "cli/inspect.h"

#include "base/json.h"
#include "cli/all_commands.h"
#include "cli/format.h"
#include "cli/listing.h"
#include "cli/targets.h"

namespace cli {
namespace {

constexpr int indent = 5;  // as Podman's

std::optional<Json> unlessMissing(const std::function<Json()>& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      return std::nullopt;
    }
    throw;
  }
}

std::optional<Json> firstKnowing(engine::Engine& engine, const std::string& name,
                                 const std::vector<Inspector>& inspectors) {
  for (const auto& inspector : inspectors) {
    if (auto document = inspector(engine, name)) {
      return document;
    }
  }
  return std::nullopt;
}

}  // namespace

void InspectOptions::addTo(Options& options, const std::string& latestOf,
                           const std::string& formatHelp) {
  options.text("-f --format", format, formatHelp);
  if (!latestOf.empty()) {
    options.flag("-l --latest", latest, "Act on the latest " + latestOf);
  }
}

void needNames(const Options& options, const std::vector<std::string>& names) {
  if (names.empty()) {
    throw options.usageError("no names or ids given");
  }
}

Inspector containerInspector() {
  return [](engine::Engine& engine, const std::string& name) {
    return unlessMissing([&] { return engine.inspectContainer(name); });
  };
}

Inspector podInspector() {
  return [](engine::Engine& engine, const std::string& name) {
    return unlessMissing([&] { return engine.inspectPod(name); });
  };
}

Inspector imageInspector() {
  return [](engine::Engine& engine, const std::string& name) -> std::optional<Json> {
    const auto image = engine.images().find(name);
    return image ? std::optional(imageDocument(*image)) : std::nullopt;
  };
}

int inspectAll(engine::Engine& engine, const std::vector<std::string>& names,
               const std::vector<Inspector>& inspectors, const std::string& format,
               const std::string& kind) {
  Json documents = Json::array();
  const int status = forEach(names, {.print = false}, [&](const std::string& name) {
    auto document = firstKnowing(engine, name, inspectors);
    if (!document) {
      throw Error(ErrorKind::not_found, cat("no such ", kind, ": \"", name, "\""));
    }
    documents.push_back(std::move(*document));
  });
  if (isJsonFormat(format)) {
    printLine(printJson(documents, indent));
    return status;
  }
  for (auto& document : documents) {
    if (document.contains("Id")) {
      document["ID"] = document["Id"];  // the Go field's name, which templates use too
    }
    printText(renderObject(document, format));
  }
  return status;
}

int inspectCommand(Invocation& invocation) {
  auto options = invocation.options("[options] {CONTAINER|IMAGE|POD} [...]");
  options.example("fedora");
  options.example("--type image fedora");
  options.example("--format \"{{.Id}} {{.State.Status}}\" ctrID");
  InspectOptions wanted;
  std::string type = "all";
  wanted.addTo(options, "container");
  options.text("-t --type", type, "Type of the objects: container, image, pod or all");
  options.notYet("-s --size", false);
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.latest) {
    auto& engine = invocation.engine();
    const bool pod = type == "pod";
    names.push_back(pod ? latestPod(engine).id : latestContainer(engine).id);
  }
  needNames(options, names);
  auto& engine = invocation.engine();
  if (type == "all") {
    return inspectAll(engine, names, {containerInspector(), imageInspector(), podInspector()},
                      wanted.format, "object");
  }
  if (type == "container") {
    return inspectAll(engine, names, {containerInspector()}, wanted.format, type);
  }
  if (type == "image") {
    return inspectAll(engine, names, {imageInspector()}, wanted.format, type);
  }
  if (type == "pod") {
    return inspectAll(engine, names, {podInspector()}, wanted.format, type);
  }
  const bool later = type == "network" || type == "volume";
  throw Error(later ? ErrorKind::unsupported : ErrorKind::invalid,
              cat("invalid type \"", type, "\" for --type: ",
                  later ? "it is not supported yet" : "it must be container, image, pod or all"));
}

}  // namespace cli
