#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int networkReloadCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [CONTAINER...]");
  options.example("ctrID");
  options.example("--all");
  const ContainerTargets targets(options, {.all = "Reload the network of all running containers",
                                           .cidFile = false,
                                           .infra = true,
                                           .filterNames = ""});
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto chosen = targets.resolve(invocation, names, isRunning);
  auto& engine = invocation.engine();
  return forEach(chosen, {.ignoreMissing = targets.all()},
                 [&](const std::string& name) { engine.reloadNetwork(name); });
}

}  // namespace cli
