#include "cli/top.h"

#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/targets.h"

namespace cli {

std::vector<std::string> topDescriptors(const std::vector<std::string>& arguments) {
  std::vector<std::string> descriptors;
  for (const auto& argument : arguments) {
    if (argument.starts_with('-')) {
      throw Error(ErrorKind::unsupported,
                  cat("options of ps such as \"", argument,
                      "\" are not supported yet: give descriptors such as pid,args"));
    }
    for (const auto& descriptor : split(argument, ',')) {
      if (!descriptor.empty()) {
        descriptors.push_back(descriptor);
      }
    }
  }
  return descriptors;
}

int topCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [FORMAT-DESCRIPTOR...]");
  options.example("ctrID");
  options.example("ctrID pid seccomp args");
  bool latest = false;
  options.flag("-l --latest", latest, "Act on the latest container");
  auto arguments = options.parse(invocation.line, Options::Order::beforeArguments);
  const std::string name = takeContainer(invocation, options, latest, arguments);
  const auto rows = invocation.engine().top(name, topDescriptors(arguments));
  const std::string table = renderTable(rows);
  std::fwrite(table.data(), 1, table.size(), stdout);
  return 0;
}

}  // namespace cli
