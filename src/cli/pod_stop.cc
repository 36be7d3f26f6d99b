#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podStopCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserver");
  options.example("--latest");
  PodTargets targets(options, {.all = "Stop all running pods", .ignore = true, .podIdFile = true});
  std::optional<unsigned> seconds;
  options.number(
      "-t --time --timeout", seconds,
      "Seconds to wait before containers are killed (their own stop timeouts if not given)");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto condition = [](const engine::PodSummary& pod) {
    return pod.status == "Running" || pod.status == "Degraded" || pod.status == "Paused";
  };
  return forEachPod(
      invocation, targets.resolve(invocation, names, condition), targets.ignoresMissing(),
      [&](engine::Engine& engine, const std::string& id) { engine.stopPod(id, seconds); });
}

}  // namespace cli
