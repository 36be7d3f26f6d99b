#include "cli/foreground.h"

#include <unistd.h>

#include <csignal>

#include "base/id.h"
#include "base/json.h"
#include "cli/commands.h"
#include "kernel/signal.h"

namespace cli {
namespace {

/// Exit status of a program that SIGPIPE ended, as shells show it.
constexpr int brokenPipe = 128 + SIGPIPE;
/// Seconds that a container has to stop whose output nobody reads.
constexpr unsigned brokenPipeGrace = 1;

class AttachmentPeer : public Peer {
 public:
  explicit AttachmentPeer(Attached& attached) : attached_(attached) {}

  std::vector<int> readable() const override { return {attached_.attachment.fd()}; }

  void receive(int, Relay& relay) override {
    using Frame = keeper::Attachment::Frame;
    auto received = attached_.attachment.receive();
    if (!received) {
      relay.end({Outcome::How::lost});
      return;
    }
    switch (received->frame) {
      case Frame::stdout_:
        relay.output(STDOUT_FILENO, std::move(received->data));
        break;
      case Frame::stderr_:
        relay.output(STDERR_FILENO, std::move(received->data));
        break;
      case Frame::exit: {
        const auto code = parseNumber<int>(received->data);
        relay.end(code ? Outcome{Outcome::How::exited, *code} : Outcome{Outcome::How::lost});
        break;
      }
      case Frame::stdin_:
      case Frame::resize:
        break;
    }
  }

  int inputFd() const override { return attached_.attachment.fd(); }

  std::size_t send(std::string_view input) override {
    // A socket that is writable has room for this much (unix(7): less than a quarter of it is
    // used).
    const std::string_view piece = input.substr(0, 16 * 1024);
    attached_.attachment.send(piece);
    return piece.size();
  }
  void endInput() override { attached_.attachment.send(""); }
  void resize(WindowSize size) override { attached_.attachment.resize(size.rows, size.columns); }

  void signal(int number) override {
    try {
      attached_.engine.killContainer(attached_.id, number);
    } catch (const Error&) {
      // It is ending by itself: then its exit is on the way to us.
    }
  }

 private:
  Attached& attached_;
};

void hangUp(keeper::Attachment) {}

/// The keeper is gone. A container that has ended has left its exit code.
int exitCodeAfterLoss(Attached& attached) {
  const int code = within(cat("the connection to container ", attached.id, " was lost"),
                          [&] { return attached.engine.waitContainer(attached.id); });
  if (code < 0) {
    printError(cat("container ", shortId(attached.id),
                   ": its keeper died and it was ended, so its exit code is not known"));
  }
  return code;
}

}  // namespace

void AttachOptions::addTo(Options& options) {
  options.flag("--sig-proxy", proxySignals, "Pass signals on to the container");
  options.text(
      "--detach-keys", detachKeys,
      "Keys that detach from the container: characters or ctrl-VALUE, with commas between");
}

int relayAttached(Attached& attached, SignalWatch& signals, const AttachOptions& options,
                  Outcome::How* how) {
  AttachmentPeer peer(attached);
  Relay relay(peer, signals,
              {.input = options.input,
               .terminal = attached.terminal,
               .output = options.output,
               .errors = options.errors,
               .proxySignals = options.proxySignals,
               .keys = DetachKeys::parse(options.detachKeys)});
  const Outcome outcome = relay.run();
  signals.release();
  if (how != nullptr) {
    *how = outcome.how;
  }
  switch (outcome.how) {
    case Outcome::How::exited:
      return outcome.code;
    case Outcome::How::detached:
      return 0;
    case Outcome::How::interrupted:
      dieOf(outcome.code);
    case Outcome::How::outputClosed:
      // First hang up: the container's output waits for us, and its end for its output.
      hangUp(std::move(attached.attachment));
      if (attached.ours && options.proxySignals) {
        attached.engine.stopContainer(attached.id, brokenPipeGrace);
      }
      return brokenPipe;
    case Outcome::How::lost:
      break;
  }
  return exitCodeAfterLoss(attached);
}

StdioShape stdioShape(engine::Engine& engine, const std::string& container) {
  const Json document = engine.inspectContainer(container);
  const auto config = document.find("Config");
  if (config == document.end()) {
    return {};
  }
  return {config->value("Tty", false), config->value("OpenStdin", false)};
}

void dieOf(int signal) {
  resetSignals();
  kill(getpid(), signal);
  _exit(128 + signal);
}

}  // namespace cli
