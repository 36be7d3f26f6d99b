#include "cli/all_commands.h"
#include "cli/log_output.h"
#include "cli/targets.h"

namespace cli {

int podLogsCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD");
  options.arguments(0, 1);
  options.example("podID");
  options.example("-c ctrname podName");
  LogOptions wanted;
  std::string only;
  options.text("-c --container", only, "Show the log of this container of the pod");
  wanted.addTo(options, "pod");
  auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  const std::string name = takePod(invocation, options, wanted.latest, arguments);
  auto& engine = invocation.engine();
  const auto pod = engine.podSummary(name);
  std::vector<LogSource> sources;
  for (const auto& container : pod.containers) {
    if (only.empty() || container.name == only || container.id.starts_with(only)) {
      sources.push_back(logSource(engine, container, pod.id));
    }
  }
  if (sources.empty() && !only.empty()) {
    throw Error(ErrorKind::not_found, cat("pod ", pod.name, " has no container \"", only, "\""));
  }
  if (!sources.empty()) {
    printLogs(invocation.layout, sources, wanted);
  }
  return 0;
}

}  // namespace cli
