#include "base/id.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/ports.h"
#include "cli/targets.h"

namespace cli {
namespace {

std::string line(const network::PublishedPort& port) {
  return cat(port.containerPort, "/", port.protocol, " -> ", hostSide(port));
}

/// `port NAME 80/udp`: the host's side of that port alone.
int printOne(const std::string& container, const std::vector<network::PublishedPort>& ports,
             const std::string& wanted) {
  const auto parts = split(wanted, '/', 2);
  const auto number = parseNumber<std::uint16_t>(parts[0]);
  const std::string protocol = parts.size() == 2 ? lower(parts[1]) : "tcp";
  if (!number || (protocol != "tcp" && protocol != "udp")) {
    throw Error(ErrorKind::invalid,
                cat("invalid port \"", wanted, "\": it must be PORT[/tcp|udp]"));
  }
  bool found = false;
  for (const auto& port : ports) {
    if (port.containerPort == *number && port.protocol == protocol) {
      printLine(hostSide(port));
      found = true;
    }
  }
  if (!found) {
    throw Error(ErrorKind::not_found, cat("container ", container, ": port ", *number, "/",
                                          protocol, " is not published"));
  }
  return 0;
}

}  // namespace

int portCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [PORT[/PROTOCOL]]");
  options.arguments(0, 2);
  options.example("ctrID 80/tcp");
  options.example("--all");
  bool all = false, latest = false;
  options.flag("-a --all", all, "Display the ports of all containers");
  options.flag("-l --latest", latest, "Act on the latest container");
  auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  auto& engine = invocation.engine();
  if (all) {
    if (!arguments.empty() || latest) {
      throw options.usageError("names, --all and --latest exclude one another");
    }
    for (const auto& container : engine.listContainers()) {
      for (const auto& port : container.infra ? decltype(container.ports){} : container.ports) {
        printLine(cat(shortId(container.id), "\t", line(port)));
      }
    }
    return 0;
  }
  const std::string container = takeContainer(invocation, options, latest, arguments);
  const auto ports = engine.ports(container);
  if (arguments.empty()) {
    for (const auto& port : ports) {
      printLine(line(port));
    }
    return 0;
  }
  return printOne(container, ports, arguments.front());
}

}  // namespace cli
