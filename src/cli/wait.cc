#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {
namespace {

bool wantsRunning(const std::vector<std::string>& conditions) {
  bool running = false;
  for (const auto& condition : conditions) {
    if (condition == "running") {
      running = true;
    } else if (condition != "stopped" && condition != "exited") {
      throw Error(ErrorKind::unsupported,
                  cat("condition \"", condition,
                      "\" is not supported yet: give stopped, exited or running"));
    }
  }
  return running;
}

std::string waitFor(engine::Engine& engine, const std::string& name, bool untilRunning,
                    bool ignore) {
  try {
    if (untilRunning && isRunning(engine.containerSummary(name))) {
      return "-1";
    }
    return cat(engine.waitContainer(name));
  } catch (const Error& error) {
    if (ignore && error.kind() == ErrorKind::not_found) {
      return "-1";
    }
    throw;
  }
}

}  // namespace

int waitCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("ctrID1 ctrID2");
  bool latest = false, ignore = false;
  std::vector<std::string> conditions;
  std::string interval;
  options.flag("-l --latest", latest, "Act on the latest container");
  options.flag("--ignore", ignore, "Print -1 for containers that do not exist");
  options.commaList("--condition", conditions, "Condition to wait on: stopped, exited or running");
  options.hideFollowing(true);
  // Podman's polling interval; peapod is told by the keeper.
  options.text("-i --interval", interval, "");
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  const bool untilRunning = wantsRunning(conditions);
  if (latest) {
    names.push_back(latestContainer(invocation.engine()).id);
  }
  if (names.empty()) {
    throw options.usageError("you must provide at least one name or id");
  }
  return forEach(names, {.print = false}, [&](const std::string& name) {
    printLine(waitFor(invocation.engine(), name, untilRunning, ignore));
  });
}

}  // namespace cli
