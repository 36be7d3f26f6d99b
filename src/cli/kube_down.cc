#include "base/file.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/kube.h"
#include "cli/targets.h"
#include "kube/play.h"

namespace cli {

std::string readManifestFile(const std::string& file) {
  if (file.starts_with("http://") || file.starts_with("https://")) {
    throw Error(ErrorKind::unsupported, "reading from the network is not supported yet");
  }
  return readFile(file == "-" ? "/dev/stdin" : file);
}

int takeDown(Invocation& invocation, const std::string& file) {
  const auto ids = within(cat(invocation.command, " ", file),
                          [&] { return kube::down(invocation.engine(), readManifestFile(file)); });
  for (const char* title : {"Pods stopped:", "Pods removed:"}) {
    printLine(title);
    for (const std::string& id : ids) {
      printLine(id);
    }
  }
  return 0;
}

int kubeDownCommand(Invocation& invocation) {
  auto options = invocation.options("FILE|-");
  options.arguments(1, 1);
  options.example("web.yaml");
  const auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  return takeDown(invocation, arguments.front());
}

}  // namespace cli
