#include "cli/all_commands.h"
#include "cli/inspect.h"
#include "cli/targets.h"

namespace cli {

int containerInspectCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  InspectOptions wanted;
  wanted.addTo(options, "container");
  options.notYet("-s --size", false);
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.latest) {
    names.push_back(latestContainer(invocation.engine()).id);
  }
  needNames(options, names);
  return inspectAll(invocation.engine(), names, {containerInspector()}, wanted.format, "container");
}

}  // namespace cli
