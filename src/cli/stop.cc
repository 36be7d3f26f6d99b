#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int stopCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("ctrID");
  options.example("--time 2 mywebserver 6e534f14da9d");
  ContainerTargets targets(options, {.all = "Stop all running containers", .ignore = true});
  std::optional<unsigned> seconds;
  options.number(
      "-t --time --timeout", seconds,
      "Seconds to wait before the container is killed (its own stop timeout if not given)");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  return forEach(
      targets.resolve(invocation, names, isRunning), {.ignoreMissing = targets.ignoresMissing()},
      [&](const std::string& name) { invocation.engine().stopContainer(name, seconds); });
}

}  // namespace cli
