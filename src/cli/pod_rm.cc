#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podRmCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserverpod");
  options.example("-f -a");
  PodTargets targets(options, {.all = "Remove all pods", .ignore = true, .podIdFile = true});
  bool force = false;
  options.flag("-f --force", force, "Remove the pod with all its containers, running or not");
  std::optional<unsigned> seconds;
  options.number(
      "-t --time --timeout", seconds,
      "Seconds to wait before containers are killed (their own stop timeouts if not given)");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (seconds && !force) {
    throw options.usageError("option --time needs --force");
  }
  const auto any = [](const engine::PodSummary&) { return true; };
  return forEachPod(
      invocation, targets.resolve(invocation, names, any), targets.ignoresMissing() || force,
      [&](engine::Engine& engine, const std::string& id) { engine.removePod(id, force, seconds); },
      removalStatus);
}

}  // namespace cli
