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
  auto& engine = invocation.engine();
  if (wanted.latest) {
    names.push_back(latestContainer(engine).id);
  }
  needNames(options, names);
  return inspectAll(engine, names, {containerInspector()}, wanted.format, "container");
}

}  // namespace cli
