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
  return forEach(
      targets.resolve(invocation, names, any),
      {.ignoreMissing = targets.ignoresMissing() || force, .print = false},
      [&](const std::string& name) {
        auto& engine = invocation.engine();
        const std::string id = engine.podSummary(name).id;
        engine.removePod(id, force, seconds);
        printLine(id);
      },
      removalStatus);
}

}  // namespace cli
