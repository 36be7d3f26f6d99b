#include <cstdio>

#include "cli/all_commands.h"
#include "cli/foreground.h"
#include "cli/launch.h"
#include "cli/targets.h"

namespace cli {
namespace {

/// -a stdin, stdout, stderr: only the named ones.
void chooseStreams(AttachOptions& attach, const std::vector<std::string>& streams) {
  if (streams.empty()) {
    return;
  }
  attach.input = attach.output = attach.errors = false;
  for (const auto& stream : streams) {
    const std::string name = lower(stream);
    if (name == "stdin") {
      attach.input = true;
    } else if (name == "stdout") {
      attach.output = true;
    } else if (name == "stderr") {
      attach.errors = true;
    } else {
      throw Error(ErrorKind::invalid, cat("invalid stream \"", stream,
                                          "\" for --attach: it must be stdin, stdout or stderr"));
    }
  }
}

int runAttached(Invocation& invocation, NewContainer& container, const AttachOptions& attach) {
  auto& engine = invocation.engine();
  SignalWatch signals;
  Attached attached{.engine = engine,
                    .id = container.id(),
                    .attachment = engine.startAttached(container.id(), attach.input).attachment,
                    .terminal = container.spec().tty,
                    .ours = true};
  container.keep();
  Outcome::How how{};
  const int status = relayAttached(attached, signals, attach, &how);
  // Before we hang up: else the keeper takes it for abandoned and removes it, too late for who
  // waits for us.
  if (container.spec().remove && how != Outcome::How::detached) {
    container.remove();
  }
  return status;
}

}  // namespace

int runCommand(Invocation& invocation) {
  auto options = invocation.options("[options] IMAGE [COMMAND [ARG...]]");
  options.arguments(1, Options::anyNumber);
  options.example("imageID ls -alF /etc");
  options.example("--network=host imageID dnf -y install java");
  options.example("--volume /var/hostdir:/var/ctrdir -i -t fedora /bin/bash");
  ContainerOptions container(options);
  AttachOptions attach;
  bool detach = false;
  std::vector<std::string> streams;
  options.flag("-d --detach", detach, "Run the container in the background and print its id");
  options.commaList("-a --attach", streams, "Attach to stdin, stdout or stderr");
  attach.addTo(options);
  const auto arguments = options.parse(invocation.line, Options::Order::beforeArguments);
  if (detach && !streams.empty()) {
    throw options.usageError("options --attach and --detach exclude each other");
  }
  DetachKeys::parse(attach.detachKeys);

  NewContainer made(invocation, container, arguments, true);
  if (detach) {
    invocation.engine().startContainer(made.id());
    made.keep();
    printLine(made.id());
    return 0;
  }
  attach.input = made.spec().stdinOpen;
  chooseStreams(attach, streams);
  return runAttached(invocation, made, attach);
}

}  // namespace cli
