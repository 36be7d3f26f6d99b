#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "cli/fields.h"
#include "engine/engine.h"

/// What lists show of containers and pods: Podman's fields.
namespace cli {

/// "5 minutes ago"
std::string ago(Time time);
/// As Go prints a time: "2026-11-22 11:58:10.032341596 +0000 UTC", local.
std::string goTime(Time time);
/// "Up 5 minutes", "Exited (0) 3 seconds ago", "Created"
std::string statusText(const keeper::ContainerState& state);
/// The command as one text; cut to what a column shows unless `whole`.
std::string commandText(const std::vector<std::string>& command, bool whole);

/// How ps and pod ps print.
struct ListStyle {
  bool truncate = true;
  bool namespaces = false;  ///< with fields about namespaces, which take further reading
  std::optional<engine::ContainerSize> size = std::nullopt;  ///< where it was asked for
  std::string id(const std::string& full) const;
};

/// What a row of ps shows.
struct ShownContainer {
  const engine::ContainerSummary& container;
  const ListStyle& style;
};
/// Fields of a template: .ID, .Names, .Status, ...
std::vector<Field<ShownContainer>> containerFields(const ListStyle& style);
/// The object of `ps --format json`.
Json containerDocument(const engine::ContainerSummary& container, const ListStyle& style);

/// What a row of `pod ps` shows.
struct ShownPod {
  const engine::PodSummary& pod;
  const ListStyle& style;
  const std::string& namespaces;  ///< that it shares, where the style has namespaces
};
std::vector<Field<ShownPod>> podFields(const ListStyle& style);
Json podDocument(const engine::PodSummary& pod);

/// Writes the text to stdout.
void printText(const std::string& text);

}  // namespace cli
