#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int killCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("mywebserver");
  options.example("--signal TERM ctrID");
  ContainerTargets targets(options, {.all = "Signal all running containers", .filterNames = ""});
  std::string signal = "KILL";
  options.text("-s --signal", signal, "Signal to send to the container");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const int number = parseSignal(signal);
  return forEach(targets.resolve(invocation, names, isRunning), {},
                 [&](const std::string& name) { invocation.engine().killContainer(name, number); });
}

}  // namespace cli
