#include <csignal>

#include "cli/all_commands.h"
#include "cli/environment.h"
#include "cli/exec_peer.h"
#include "cli/foreground.h"
#include "cli/targets.h"
#include "kernel/selfexe.h"

namespace cli {
namespace {

struct ExecOptions {
  engine::Engine::ExecRequest request;
  EnvironmentSources environment;
  bool interactive = false, detach = false, latest = false;
  std::string detachKeys{defaultDetachKeys};

  void addTo(Options& options) {
    options.flag("-d --detach", detach, "Run the process in the background");
    options.text(
        "--detach-keys", detachKeys,
        "Keys that detach from the process: characters or ctrl-VALUE, with commas between");
    options.list("-e --env", environment.texts, "Set environment variables");
    options.commaList("--env-file", environment.files, "Read environment variables from a file");
    options.flag("-i --interactive", interactive, "Keep STDIN open even if not attached");
    options.flag("-l --latest", latest, "Act on the latest container");
    options.notYet("--preserve-fds");
    options.flag("--privileged", request.privileged, "Give the process all capabilities");
    options.flag("-t --tty", request.tty, "Give the process a terminal");
    options.text("-u --user", request.user, "User name or number (<name|uid>[:<group|gid>])");
    options.text("-w --workdir", request.workdir, "Working directory inside the container");
  }
};

/// The process enters the container, where /proc/self/exe must not be a file of the host that it
/// could write to.
SealedSelf sealProgram(const std::vector<std::string>& arguments) {
  auto copies = arguments;
  std::vector<char*> pointers;
  for (auto& argument : copies) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  return SealedSelf(pointers.data());
}

int relayExec(Invocation& invocation, const std::string& container, ExecOptions& wanted,
              SealedSelf& seal) {
  SignalWatch signals;
  ExecPeer::Stdio stdio;
  auto& request = wanted.request;
  if (!request.tty) {
    stdio = ExecPeer::plainStdio(wanted.interactive);
    request.stdin_ = std::move(stdio.childIn);
    request.stdout_ = std::move(stdio.childOut);
    request.stderr_ = std::move(stdio.childErr);
  }
  const bool input = wanted.interactive && (request.tty || stdio.relaysInput);
  const bool terminal = request.tty;
  ExecPeer peer(invocation.engine().exec(container, std::move(request)), std::move(stdio));
  // While the process is at work.
  seal.release();
  invocation.closeEngine();
  Relay relay(peer, signals,
              {.input = input, .terminal = terminal, .keys = DetachKeys::parse(wanted.detachKeys)});
  const Outcome outcome = relay.run();
  switch (outcome.how) {
    case Outcome::How::exited:
      return outcome.code;
    case Outcome::How::detached:
      peer.leaveBehind();
      return 0;
    case Outcome::How::outputClosed:
      return 128 + SIGPIPE;
    case Outcome::How::interrupted:
    case Outcome::How::lost:
      break;
  }
  return exitStatus(ErrorKind::internal);
}

}  // namespace

int execCommand(Invocation& invocation) {
  auto options = invocation.options("[options] CONTAINER COMMAND [ARG...]");
  options.example("-it ctrID ls");
  options.example("--user root ctrID ls");
  ExecOptions wanted;
  wanted.addTo(options);
  auto arguments = options.parse(invocation.line, Options::Order::beforeArguments);
  DetachKeys::parse(wanted.detachKeys);
  if (wanted.detach && (wanted.interactive && !wanted.request.tty)) {
    // As Podman: a detached process has nobody who types.
    wanted.interactive = false;
  }
  Invocation::requireRoot();
  SealedSelf seal = sealProgram(invocation.whole);
  wanted.request.seal = &seal;
  auto& engine = invocation.engine();
  const std::string container = takeContainer(invocation, options, wanted.latest, arguments);
  if (arguments.empty()) {
    throw options.usageError("you must provide a command to exec");
  }
  wanted.request.command = arguments;
  wanted.request.env = collectEnvironment(wanted.environment);
  if (wanted.detach) {
    wanted.request.tty = false;
    engine.exec(container, std::move(wanted.request));
    return 0;
  }
  return relayExec(invocation, container, wanted, seal);
}

}  // namespace cli
