#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/limits.h"
#include "cli/targets.h"

namespace cli {
namespace {

/// The options of both commands and their one argument.
struct Update {
  std::string name;
  Resources change;
};

Update parseUpdate(Invocation& invocation, Options& options, const std::string& latestOf,
                   std::string (*take)(Invocation&, const Options&, bool,
                                       std::vector<std::string>&)) {
  Update update;
  bool latest = false;
  addLimits(options, update.change);
  options.flag("-l --latest", latest, "Act on the latest " + latestOf);
  auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  update.name = take(invocation, options, latest, arguments);
  if (!arguments.empty()) {
    throw options.usageError(cat("it takes one ", latestOf));
  }
  if (update.change == Resources{}) {
    throw options.usageError("no limit to change is given");
  }
  return update;
}

}  // namespace

int updateCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER");
  options.describe(
      "Changes the limits of a container, while it runs and for its next starts: all that are "
      "given or none. 0 takes a limit away.");
  options.example("--cpus=1.5 ctrID");
  options.example("--memory=512m --pids-limit=200 ctrID");
  const Update update = parseUpdate(invocation, options, "container", takeContainer);
  printLine(invocation.engine().updateContainer(update.name, update.change));
  return 0;
}

int podUpdateCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD");
  options.describe(
      "Changes the budget of a pod, which bounds the sum of its containers, while it runs and for "
      "its next starts: all limits that are given or none. 0 takes a limit away.");
  options.example("--cpus=4 --memory=6g podID");
  const Update update = parseUpdate(invocation, options, "pod", takePod);
  printLine(invocation.engine().updatePod(update.name, update.change));
  return 0;
}

}  // namespace cli
