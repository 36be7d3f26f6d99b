#include "cli/all_commands.h"
#include "cli/inspect.h"
#include "cli/listing.h"
#include "cli/targets.h"
#include "cli/usage_tree.h"

namespace cli {

int podInspectCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("podID");
  options.example("--format tree podID");
  InspectOptions wanted;
  wanted.addTo(options, "pod",
               "Print as JSON, by a Go template, or (tree) what it uses of its limits");
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.latest) {
    names.push_back(latestPod(invocation.engine()).id);
  }
  needNames(options, names);
  if (wanted.format == "tree") {
    return forEach(names, {.print = false}, [&](const std::string& name) {
      printText(renderUsageTree(invocation.engine().usageTree(name)));
    });
  }
  return inspectAll(invocation.engine(), names, {podInspector()}, wanted.format, "pod");
}

}  // namespace cli
