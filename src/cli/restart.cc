#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int restartCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("ctrID");
  options.example("--latest");
  ContainerTargets targets(options, {.all = "Restart all containers, whatever their state"});
  bool running = false;
  options.flag("--running", running, "Restart the running containers");
  std::optional<unsigned> seconds;
  options.number(
      "-t --time --timeout", seconds,
      "Seconds to wait before the container is killed (its own stop timeout if not given)");
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (running && names.empty() && !targets.all()) {
    for (const auto& container : invocation.engine().listContainers()) {
      if (!container.infra && isRunning(container)) {
        names.push_back(container.id);
      }
    }
    if (names.empty()) {
      return 0;
    }
  }
  const auto any = [running](const engine::ContainerSummary& container) {
    return !running || isRunning(container);
  };
  return forEach(targets.resolve(invocation, names, any), {}, [&](const std::string& name) {
    invocation.engine().restartContainer(name, seconds);
  });
}

}  // namespace cli
