#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int containerExistsCommand(Invocation& invocation) {
  auto options = invocation.options("CONTAINER");
  options.arguments(1, 1);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  try {
    invocation.engine().containerSummary(names.front());
    return 0;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      return 1;
    }
    throw;
  }
}

}  // namespace cli
