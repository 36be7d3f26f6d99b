#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podPauseCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserver");
  options.example("--latest");
  PodTargets targets(options, {.all = "Pause all running pods"});
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto condition = [](const engine::PodSummary& pod) {
    return pod.status == "Running" || pod.status == "Degraded";
  };
  return forEachPod(invocation, targets.resolve(invocation, names, condition), false,
                    [](engine::Engine& engine, const std::string& id) { engine.pausePod(id); });
}

}  // namespace cli
