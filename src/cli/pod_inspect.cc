#include "cli/all_commands.h"
#include "cli/inspect.h"
#include "cli/targets.h"

namespace cli {

int podInspectCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("podID");
  InspectOptions wanted;
  wanted.addTo(options, "pod");
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.latest) {
    names.push_back(latestPod(invocation.engine()).id);
  }
  needNames(options, names);
  return inspectAll(invocation.engine(), names, {podInspector()}, wanted.format, "pod");
}

}  // namespace cli
