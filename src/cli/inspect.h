#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/commands.h"
#include "image/store.h"

namespace cli {

/// `inspect` of one kind of object: the document, or nothing where none has that name.
using Inspector = std::function<std::optional<Json>(engine::Engine&, const std::string&)>;

Inspector containerInspector();
Inspector podInspector();
Inspector imageInspector();

struct InspectOptions {
  std::string format = "json";
  bool latest = false;

  /// Options and rules that all `inspect` have; `latestOf` says what --latest is of, if there is
  /// one.
  void addTo(Options& options, const std::string& latestOf,
             const std::string& formatHelp = "Print as JSON, or by a Go template");
};

/// Error (invalid) where there are none.
void needNames(const Options& options, const std::vector<std::string>& names);

/// Prints the documents of all names in one array, or each by the template; the first of the
/// inspectors that knows a name has it. An unknown name is an error line, and the others are
/// printed. The exit status.
int inspectAll(engine::Engine& engine, const std::vector<std::string>& names,
               const std::vector<Inspector>& inspectors, const std::string& format,
               const std::string& kind);

/// Podman's document of an image.
Json imageDocument(const image::Image& image);

}  // namespace cli
