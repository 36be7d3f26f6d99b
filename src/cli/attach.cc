#include "cli/all_commands.h"
#include "cli/foreground.h"
#include "cli/targets.h"

namespace cli {

int attachCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER");
  options.arguments(0, 1);
  options.example("ctrID");
  options.example("--no-stdin foobar");
  AttachOptions attach;
  bool noInput = false, latest = false;
  options.flag("--no-stdin", noInput, "Do not attach stdin");
  options.flag("-l --latest", latest, "Act on the latest container");
  attach.addTo(options);
  auto arguments = options.parse(invocation.line, Options::Order::anywhere);
  DetachKeys::parse(attach.detachKeys);
  const std::string name = takeContainer(invocation, options, latest, arguments);
  auto& engine = invocation.engine();
  const StdioShape shape = stdioShape(engine, name);
  attach.input = shape.input && !noInput;
  SignalWatch signals;
  Attached attached{.engine = engine,
                    .id = name,
                    .attachment = engine.attach(name, attach.input),
                    .terminal = shape.terminal};
  return relayAttached(attached, signals, attach);
}

}  // namespace cli
