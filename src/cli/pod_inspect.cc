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
  auto& engine = invocation.engine();
  if (wanted.latest) {
    names.push_back(latestPod(engine).id);
  }
  needNames(options, names);
  return inspectAll(engine, names, {podInspector()}, wanted.format, "pod");
}

}  // namespace cli
