#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"
#include "cli/top.h"

namespace cli {

int podTopCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [FORMAT-DESCRIPTOR...]");
  options.example("podID");
  options.example("podID pid seccomp args");
  return printTop(invocation, options,
                  {"Act on the latest pod", takePod,
                   [&](const std::string& name, const std::vector<std::string>& descriptors) {
                     return invocation.engine().topPod(name, descriptors);
                   }});
}

}  // namespace cli
