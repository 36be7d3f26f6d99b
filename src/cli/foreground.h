#pragma once

#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/relay.h"
#include "engine/engine.h"

namespace cli {

/// What a command says about being attached to a container.
struct AttachOptions {
  bool input = false, output = true, errors = true;
  bool proxySignals = true;
  std::string detachKeys{defaultDetachKeys};

  /// --sig-proxy and --detach-keys
  void addTo(Options& options);
};

/// A container whose stdio is ours.
struct Attached {
  engine::Engine& engine;
  std::string id;
  keeper::Attachment attachment;
  bool terminal = false;
  /// Started by this command: it ends when our output is closed, as any program in a pipeline does.
  bool ours = false;
};

/// Relays until the container ends or the user detaches. The exit status of the command: the
/// container's, 0 when detached.
int relayAttached(Attached& attached, SignalWatch& signals, const AttachOptions& options,
                  Outcome::How* how = nullptr);

/// Whether the container was made with a terminal and with an open stdin.
struct StdioShape {
  bool terminal = false, input = false;
};
StdioShape stdioShape(engine::Engine& engine, const std::string& container);

/// What a signal that is not passed on does to any program; never returns.
[[noreturn]] void dieOf(int signal);

}  // namespace cli
