#include <unistd.h>

#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int loadCommand(Invocation& invocation) {
  auto options = invocation.options("[options]");
  options.arguments(0, 0);
  options.example("-i nginx.tar");
  std::string input;
  bool quiet = false;
  options.text("-i --input", input, "Read from this archive or OCI directory (default: stdin)");
  options.flag("-q --quiet", quiet, "Say nothing while working");
  options.parse(invocation.line, Options::Order::anywhere);
  if (input.empty() && isatty(STDIN_FILENO) != 0) {
    throw options.usageError("there is no archive to read: give --input or redirect stdin");
  }
  auto& engine = invocation.engine();
  const auto names = engine.images().load(input.empty() || input == "-" ? "/dev/stdin" : input);
  for (const auto& name : names) {
    printLine("Loaded image: " + name);
  }
  return 0;
}

}  // namespace cli
