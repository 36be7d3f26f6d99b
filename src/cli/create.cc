#include "cli/all_commands.h"
#include "cli/launch.h"
#include "cli/targets.h"

namespace cli {

int createCommand(Invocation& invocation) {
  auto options = invocation.options("[options] IMAGE [COMMAND [ARG...]]");
  options.arguments(1, Options::anyNumber);
  options.example("alpine ls");
  options.example("--name myctr -it alpine sh");
  ContainerOptions container(options);
  std::vector<std::string> attach;
  options.hideFollowing(true);
  // Docker's; it is `start --attach` that decides.
  options.commaList("-a --attach", attach, "");
  const auto arguments = options.parse(invocation.line, Options::Order::beforeArguments);
  NewContainer made(invocation, container, arguments, false);
  made.keep();
  printLine(made.id());
  return 0;
}

}  // namespace cli
