#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int imageExistsCommand(Invocation& invocation) {
  auto options = invocation.options("IMAGE");
  options.arguments(1, 1);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  return invocation.engine().images().find(names.front()) ? 0 : 1;
}

}  // namespace cli
