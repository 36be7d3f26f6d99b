#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int tagCommand(Invocation& invocation) {
  auto options = invocation.options("IMAGE TARGET_NAME [TARGET_NAME...]");
  options.arguments(2, Options::anyNumber);
  options.example("0e3bbc2 fedora:latest");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  for (std::size_t at = 1; at < names.size(); ++at) {
    invocation.engine().images().tag(names.front(), names[at]);
  }
  return 0;
}

}  // namespace cli
