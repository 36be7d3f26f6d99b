#include "cli/all_commands.h"
#include "cli/log_output.h"
#include "cli/targets.h"

namespace cli {

int logsCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("ctrID");
  options.example("--follow --since 10m ctrID");
  options.example("--names ctrID1 ctrID2");
  LogOptions wanted;
  wanted.addTo(options, "container");
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.latest) {
    names.push_back(latestContainer(invocation.engine()).id);
  }
  if (names.empty()) {
    throw options.usageError("you must provide at least one name or id");
  }
  auto& engine = invocation.engine();
  std::vector<LogSource> sources;
  for (const auto& name : names) {
    const auto container = engine.containerSummary(name);
    sources.push_back(logSource(engine, container, container.pod));
  }
  printLogs(invocation.layout, sources, wanted);
  return 0;
}

}  // namespace cli
