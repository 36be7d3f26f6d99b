#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int unpauseCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("mywebserver");
  options.example("--all");
  ContainerTargets targets(options, {.all = "Unpause all paused containers"});
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  const auto condition = [](const engine::ContainerSummary& container) {
    return container.state.status == "paused";
  };
  return forEach(targets.resolve(invocation, names, condition), {},
                 [&](const std::string& name) { invocation.engine().unpauseContainer(name); });
}

}  // namespace cli
