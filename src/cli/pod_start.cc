#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podStartCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserver");
  options.example("--latest");
  PodTargets targets(options, {.all = "Start all pods", .podIdFile = true});
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto condition = [](const engine::PodSummary&) { return true; };
  return forEachPod(invocation, targets.resolve(invocation, names, condition), false,
                    [](engine::Engine& engine, const std::string& id) { engine.startPod(id); });
}

}  // namespace cli
