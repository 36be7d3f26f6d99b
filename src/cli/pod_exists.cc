#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int podExistsCommand(Invocation& invocation) {
  auto options = invocation.options("POD");
  options.arguments(1, 1);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  return existence([&] { invocation.engine().podId(names.front()); });
}

}  // namespace cli
