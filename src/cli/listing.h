#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
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

/// How ps prints.
struct ListStyle {
  bool truncate = true;
  bool namespaces = false;  ///< with the numbers of the namespaces, which are read from /proc
  std::optional<engine::ContainerSize> size = std::nullopt;  ///< where it was asked for
  std::string id(const std::string& full) const;
};

/// Fields of a template: .ID, .Names, .Status, ...
Json containerRow(const engine::ContainerSummary& container, const ListStyle& style);
/// The object of `ps --format json`.
Json containerDocument(const engine::ContainerSummary& container, const ListStyle& style);

Json podRow(const engine::PodSummary& pod, const ListStyle& style);
Json podDocument(const engine::PodSummary& pod);

/// Writes the text to stdout.
void printText(const std::string& text);

}  // namespace cli
