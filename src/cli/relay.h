#pragma once

#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "cli/detach_keys.h"
#include "kernel/tty.h"

namespace cli {

/// The signals that a foreground command passes on to the container, as a descriptor to read them
/// from. They are held from the construction on, so that one which comes while the container starts
/// is not lost.
class SignalWatch {
 public:
  SignalWatch();
  /// They do again what they do to any program.
  void release();
  int fd() const { return fd_.get(); }
  /// The next one.
  std::optional<int> take();

 private:
  UniqueFd fd_;
};

/// How a relay ended.
struct Outcome {
  enum class How {
    exited,
    detached,      ///< by the keys, or as our terminal is gone; the process goes on
    outputClosed,  ///< nobody reads our stdout any more
    interrupted,   ///< by a signal that is not passed on
    lost,          ///< the other side is gone without a word
  };
  How how = How::lost;
  int code = 0;  ///< exited: the exit code; interrupted: the signal
};

class Relay;

/// The container's side of a relay.
class Peer {
 public:
  virtual ~Peer() = default;
  /// Descriptors that become readable when there is something for receive().
  virtual std::vector<int> readable() const = 0;
  /// Gives the relay what has come: output, or the end.
  virtual void receive(int fd, Relay& relay) = 0;
  /// Becomes writable when input is taken; -1: none is taken (any more).
  virtual int inputFd() const = 0;
  /// Takes some of the input, at least a byte of it, without waiting once inputFd() was writable.
  virtual std::size_t send(std::string_view input) = 0;
  virtual void endInput() = 0;
  virtual void resize(WindowSize size) = 0;
  virtual void signal(int number) = 0;
};

struct RelayOptions {
  bool input = false;
  bool terminal = false;  ///< the process has a terminal: ours goes raw, and the keys detach
  bool output = true, errors = true;
  bool proxySignals = true;
  DetachKeys keys{};
};

/// Carries bytes between our stdio and a container's, signals and the window's size, until the
/// process ends. No byte is lost, and none is taken that cannot be given on: who reads slowly slows
/// down who writes.
class Relay {
 public:
  Relay(Peer& peer, SignalWatch& signals, RelayOptions options);
  Outcome run();

  // For the peer:
  void output(int stream, std::string data);  ///< stream: 1 or 2
  void end(Outcome outcome) { outcome_ = outcome; }

 private:
  void wait();
  void readInput();
  void sendInput();
  void writeOutput();
  void takeSignal();
  void sendSize();

  struct Pending {
    int stream;
    std::string data;
    std::size_t written = 0;
  };

  Peer& peer_;
  SignalWatch& signals_;
  RelayOptions options_;
  std::deque<Pending> pending_;
  std::string input_;
  bool inputEnded_ = false, closedOutput_ = false;
  std::optional<Outcome> outcome_;
};

}  // namespace cli
