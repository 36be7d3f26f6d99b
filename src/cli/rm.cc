#include <algorithm>

#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int removalStatus(ErrorKind kind) {
  if (kind == ErrorKind::not_found) {
    return 1;
  }
  return kind == ErrorKind::in_use ? 2 : exitStatus(kind);
}

int rmCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("mywebserver myflaskserver 860a4b23");
  options.example("--force --all");
  ContainerTargets targets(
      options, {.all = "Remove all containers", .ignore = true, .filterNames = "--filter"});
  bool force = false, volumes = false;
  options.flag("-f --force", force, "Remove a running container too: it is stopped first");
  options.flag("-v --volumes", volumes, "Remove anonymous volumes of the container");
  options.notYet("--depend", false);
  std::optional<unsigned> seconds;
  options.number(
      "-t --time --timeout", seconds,
      "Seconds to wait before the container is killed (its own stop timeout if not given)");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (seconds && !force) {
    throw options.usageError("option --time needs --force");
  }
  const auto any = [](const engine::ContainerSummary&) { return true; };
  auto chosen = targets.resolve(invocation, names, any);
  if (names.empty()) {
    // Newest first: who joins another's namespaces is younger, and holds that one until it is gone.
    std::reverse(chosen.begin(), chosen.end());
  }
  // As Podman 4, --force is content with what is gone already.
  return forEach(
      chosen, {.ignoreMissing = targets.ignoresMissing() || force},
      [&](const std::string& name) { invocation.engine().removeContainer(name, force, seconds); },
      removalStatus);
}

}  // namespace cli
