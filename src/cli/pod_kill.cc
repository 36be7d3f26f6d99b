#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podKillCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserver");
  options.example("--latest");
  PodTargets targets(options, {.all = "Kill all containers in all pods"});
  std::string signal = "KILL";
  options.text("-s --signal", signal, "Signal to send to the containers in the pod");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const int number = parseSignal(signal);
  const auto condition = [](const engine::PodSummary& pod) {
    return pod.status == "Running" || pod.status == "Degraded" || pod.status == "Paused";
  };
  return forEachPod(
      invocation, targets.resolve(invocation, names, condition), false,
      [&](engine::Engine& engine, const std::string& id) { engine.killPod(id, number); });
}

}  // namespace cli
