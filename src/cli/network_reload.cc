#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int networkReloadCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [CONTAINER...]");
  options.example("ctrID");
  options.example("--all");
  bool all = false, latest = false;
  options.flag("-a --all", all, "Reload the network of all running containers");
  options.flag("-l --latest", latest, "Act on the latest container");
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if ((all ? 1 : 0) + (latest ? 1 : 0) + (names.empty() ? 0 : 1) != 1) {
    throw options.usageError("give names, or --all, or --latest");
  }
  auto& engine = invocation.engine();
  if (latest) {
    names.push_back(latestContainer(engine).id);
  }
  if (all) {
    for (const auto& container : engine.listContainers()) {
      if (isRunning(container)) {
        names.push_back(container.id);
      }
    }
  }
  return forEach(names, {.ignoreMissing = all},
                 [&](const std::string& name) { engine.reloadNetwork(name); });
}

}  // namespace cli
