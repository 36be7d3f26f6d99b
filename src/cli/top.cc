#include "cli/top.h"

#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/listing.h"
#include "cli/targets.h"

namespace cli {

namespace {

/// Words that are comma-separated lists.
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

}  // namespace

int printTop(Invocation& invocation, Options& options, const TopSubject& subject) {
  bool latest = false;
  options.flag("-l --latest", latest, std::string(subject.latestHelp));
  auto arguments = options.parse(invocation.line, Options::Order::beforeArguments);
  const std::string name = subject.take(invocation, options, latest, arguments);
  printText(renderTable(subject.rows(name, topDescriptors(arguments))));
  return 0;
}

int topCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [FORMAT-DESCRIPTOR...]");
  options.example("ctrID");
  options.example("ctrID pid seccomp args");
  return printTop(invocation, options,
                  {"Act on the latest container", takeContainer,
                   [&](const std::string& name, const std::vector<std::string>& descriptors) {
                     return invocation.engine().top(name, descriptors);
                   }});
}

}  // namespace cli
