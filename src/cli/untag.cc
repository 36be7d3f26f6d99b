#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int untagCommand(Invocation& invocation) {
  auto options = invocation.options("IMAGE [NAME...]");
  options.arguments(1, Options::anyNumber);
  options.example("0e3bbc2");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  invocation.engine().images().untag(names.front(), {names.begin() + 1, names.end()});
  return 0;
}

}  // namespace cli
