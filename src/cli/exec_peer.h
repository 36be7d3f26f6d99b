#pragma once

#include <array>
#include <string>

#include "cli/relay.h"
#include "engine/engine.h"

namespace cli {

/// A process that `exec` started, and those of its stdio that are not ours themselves: its
/// terminal, or pipes.
class ExecPeer : public Peer {
 public:
  /// What the process gets, and what we keep of it.
  struct Stdio {
    UniqueFd childIn, childOut, childErr;  ///< for engine::Engine::ExecRequest
    UniqueFd in, out, err;  ///< our ends of pipes; empty where the process has our own
    bool relaysInput = false;
  };
  /// Where our stdio is pipes the process gets them as they are, so that nothing stands in between.
  /// But no terminal of the host is handed into a container (a process could push input into it,
  /// TIOCSTI), and no file (it could open that anew by /proc/self/fd, to read what was written for
  /// others or to write what it was to read): it gets a pipe then.
  static Stdio plainStdio(bool interactive);

  ExecPeer(runtime::Started started, Stdio stdio);

  std::vector<int> readable() const override;
  void receive(int fd, Relay& relay) override;
  int inputFd() const override { return inputEnded_ ? -1 : input(); }
  std::size_t send(std::string_view data) override;
  void endInput() override;
  void resize(WindowSize size) override;
  void signal(int number) override;

  /// The user has detached: the process goes on, and what it writes to its terminal is read and
  /// dropped until it ends, by a process that stays behind.
  void leaveBehind();

 private:
  int input() const { return started_.console ? started_.console.get() : stdio_.in.get(); }
  /// False when the other side is closed or, with `ended`, nothing is left.
  bool readOnce(UniqueFd& fd, int stream, Relay& relay);
  void drain(Relay& relay);

  runtime::Started started_;
  Stdio stdio_;
  bool inputEnded_ = false, consoleEnded_ = false;
};

}  // namespace cli
