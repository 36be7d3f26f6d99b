#include "base/json.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/platform.h"
#include "cli/targets.h"

namespace cli {

std::string versionText() {
  return PEAPOD_VERSION;
}

int versionCommand(Invocation& invocation) {
  auto options = invocation.options("[options]");
  options.arguments(0, 0);
  std::string format;
  options.text("-f --format", format, "Print as JSON, or by a Go template");
  options.parse(invocation.line, Options::Order::anywhere);
  const std::string platform = cat("linux/", machineArchitecture());
  const Json client{{"APIVersion", versionText()},
                    {"Version", versionText()},
                    {"OsArch", platform},
                    {"Os", "linux"}};
  if (format.empty()) {
    printLine("Client:       peapod");
    printLine(cat("Version:      ", versionText()));
    printLine(cat("OS/Arch:      ", platform));
    return 0;
  }
  const Json document{{"Client", client}};
  if (isJsonFormat(format)) {
    printLine(printJson(document, 2));
    return 0;
  }
  const std::string text = renderObject(document, format);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace cli
