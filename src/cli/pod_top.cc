#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/targets.h"
#include "cli/top.h"

namespace cli {

int podTopCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [FORMAT-DESCRIPTOR...]");
  options.example("podID");
  options.example("podID pid seccomp args");
  bool latest = false;
  options.flag("-l --latest", latest, "Act on the latest pod");
  auto arguments = options.parse(invocation.line, Options::Order::beforeArguments);
  const std::string name = takePod(invocation, options, latest, arguments);
  const auto rows = invocation.engine().topPod(name, topDescriptors(arguments));
  const std::string table = renderTable(rows);
  std::fwrite(table.data(), 1, table.size(), stdout);
  return 0;
}

}  // namespace cli
