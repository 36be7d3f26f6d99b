#include "cli/all_commands.h"
#include "cli/inspect.h"
#include "cli/targets.h"

namespace cli {

int imageInspectCommand(Invocation& invocation) {
  auto options = invocation.options("[options] IMAGE [IMAGE...]");
  options.example("--format \"{{.Id}} {{.Size}}\" alpine");
  InspectOptions wanted;
  wanted.addTo(options, "");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  needNames(options, names);
  return inspectAll(invocation.engine(), names, {imageInspector()}, wanted.format, "image");
}

}  // namespace cli
