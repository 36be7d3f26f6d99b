#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

int importCommand(Invocation& invocation) {
  auto options = invocation.options("[options] PATH [REFERENCE]");
  options.arguments(1, 2);
  options.example("--message \"first\" rootfs.tar myimage");
  options.example("--change CMD=/bin/bash --change ENV=LANG=C rootfs.tar.gz myimage:1");
  std::vector<std::string> changes;
  std::string message;
  bool quiet = false;
  options.list(
      "-c --change", changes,
      "Apply a line of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, "
      "VOLUME, WORKDIR");
  options.text("-m --message", message, "Set a message in the image's history");
  options.flag("-q --quiet", quiet, "Say nothing while working");
  options.notYet("--arch");
  options.notYet("--os");
  options.notYet("--variant");
  const auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  const std::string& path = arguments.front();
  if (path.starts_with("http://") || path.starts_with("https://")) {
    throw Error(ErrorKind::unsupported,
                cat("importing from ", path, ": reading from the network is not supported yet"));
  }
  const auto name = arguments.size() == 2 ? std::optional(arguments[1]) : std::nullopt;
  printLine("sha256:" + invocation.engine().images().import(path == "-" ? "/dev/stdin" : path, name,
                                                            changes, message));
  return 0;
}

}  // namespace cli
