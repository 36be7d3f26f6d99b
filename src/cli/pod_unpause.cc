#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podUnpauseCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserver");
  options.example("--latest");
  PodTargets targets(options, {.all = "Unpause all paused pods"});
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto condition = [](const engine::PodSummary& pod) { return pod.status == "Paused"; };
  return forEachPod(invocation, targets.resolve(invocation, names, condition), false,
                    [](engine::Engine& engine, const std::string& id) { engine.unpausePod(id); });
}

}  // namespace cli
