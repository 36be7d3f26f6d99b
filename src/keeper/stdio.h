#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keeper/client.h"
#include "keeper/log_writer.h"
#include "keeper/loop.h"

namespace keeper {

/// A client that is attached to a container's streams.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;
  /// Sends a frame, or queues it where the client is slow.
  virtual void frame(Attachment::Frame frame, std::string_view data) = 0;
  /// The container has to wait for it.
  virtual bool holdsBack() const = 0;
  virtual void readInput(bool wanted) = 0;
  /// Nothing more comes. A client that came with the container hangs up by itself, so that the
  /// keeper learns whether it lived to see the end; others are hung up on when everything has been
  /// sent.
  virtual void finish() = 0;
};

/// Standard streams of one container: our ends of its pipes or its terminal, its log, and the
/// clients that are attached. These stay from one run of the container to the next when it is
/// restarted.
class Stdio {
 public:
  struct ChildEnds {
    UniqueFd input, output, error;
  };

  explicit Stdio(Loop& loop) : loop_(loop) {}

  void openLog(const std::string& path, std::int64_t maxSize);
  /// New pipes. Without input the container's stdin is /dev/null (an empty descriptor).
  ChildEnds openPipes(bool input);
  /// The master end of a terminal.
  void useConsole(UniqueFd console);
  /// Ends that a dead keeper had.
  void usePipes(UniqueFd input, UniqueFd output, UniqueFd error);

  /// Reads from now on. `ended` is called when all writers are gone, `inputClosed` when the
  /// container's stdin has been closed.
  void begin(std::function<void()> ended, std::function<void()> inputClosed);
  /// Waiting for the end of the output is waiting for a client, not for the container.
  bool heldBack() const;
  bool ended() const { return outputs_.empty(); }
  /// Takes what is there without waiting for the end, and closes all ends.
  void close();

  int inputFd() const { return console_ ? -1 : input_.get(); }
  int outputFd(Attachment::Frame frame) const;
  int consoleFd() const { return console_ ? input_.get() : -1; }

  void attach(std::shared_ptr<Listener> listener, bool input, bool ownsInput);
  void left(const Listener* listener);
  /// A slow client has caught up.
  void drained() { resume(); }
  void write(const Listener* listener, std::string_view data);
  void endInput(const Listener* listener);
  void resize(unsigned short rows, unsigned short columns);
  /// The exit frame for all that are attached, after all output; they are let go.
  void finish(const std::optional<int>& exitCode);
  bool attached(const Listener* listener) const;

 private:
  struct Output {
    Attachment::Frame frame;
    UniqueFd fd;
    Loop::Watch watch;
    bool isWide = false;
  };
  struct Attached {
    std::shared_ptr<Listener> listener;
    bool input = false;
    bool ownsInput = false;  ///< the container's stdin ends when it leaves
  };

  void addOutput(Attachment::Frame frame, UniqueFd fd);
  void onOutput(Attachment::Frame frame);
  /// False at the end of the stream; `empty` where no more is there now.
  bool readOnce(Output& output, bool& empty);
  bool readAll(Output& output);
  void noteFailure(bool written);
  void deliver(Attachment::Frame frame, std::string_view data);
  void resume();
  void flushInput();
  void closeInput();
  const Attached* find(const Listener* listener) const;

  Loop& loop_;
  std::optional<LogWriter> log_;
  bool logFailed_ = false, console_ = false, inputEnds_ = false;
  std::vector<Output> outputs_;
  UniqueFd input_;
  Loop::Watch inputWatch_;
  std::string pendingInput_;
  std::vector<Attached> attached_;
  std::function<void()> ended_, inputClosed_;
};

}  // namespace keeper
