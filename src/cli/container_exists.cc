#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int containerExistsCommand(Invocation& invocation) {
  auto options = invocation.options("CONTAINER");
  options.arguments(1, 1);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  return existence([&] { invocation.engine().containerSummary(names.front()); });
}

}  // namespace cli
