#include "cli/all_commands.h"
#include "cli/foreground.h"
#include "cli/targets.h"

namespace cli {
namespace {

/// A container that runs already is started, as Podman sees it.
void start(engine::Engine& engine, const std::string& name) {
  try {
    engine.startContainer(name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::in_use ||
        engine.containerSummary(name).state.status != "running") {
      throw;
    }
  }
}

int startAttached(engine::Engine& engine, const std::string& name, AttachOptions attach) {
  const StdioShape shape = stdioShape(engine, name);
  attach.input = attach.input && shape.input;
  SignalWatch signals;
  const bool runs = engine.containerSummary(name).state.status == "running";
  Attached attached{.engine = engine,
                    .id = name,
                    .attachment = runs ? engine.attach(name, attach.input)
                                       : engine.startAttached(name, attach.input).attachment,
                    .terminal = shape.terminal,
                    .ours = !runs};
  return relayAttached(attached, signals, attach);
}

}  // namespace

int startCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER [CONTAINER...]");
  options.example("860a4b231279 5421ab43b45");
  options.example("--interactive --attach imageID");
  ContainerTargets targets(
      options,
      {.all = "Start all containers that do not run", .cidFile = false, .allNames = "--all"});
  AttachOptions attach;
  bool attached = false;
  options.flag("-a --attach", attached, "Attach the container's stdout and stderr");
  options.flag("-i --interactive", attach.input, "Attach the container's stdin too");
  attach.addTo(options);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  DetachKeys::parse(attach.detachKeys);
  const auto idle = [](const engine::ContainerSummary& container) { return !isRunning(container); };
  const auto chosen = targets.resolve(invocation, names, idle);
  auto& engine = invocation.engine();
  if (attached || attach.input) {
    if (chosen.size() != 1) {
      throw options.usageError("only one container can be started attached");
    }
    return startAttached(engine, chosen.front(), attach);
  }
  return forEach(chosen, {}, [&](const std::string& name) { start(engine, name); });
}

}  // namespace cli
