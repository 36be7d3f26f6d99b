#include "keeper/stdio.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "keeper/diary.h"
#include "keeper/protocol.h"
#include "kernel/tty.h"

namespace keeper {
namespace {

using Frame = Attachment::Frame;

constexpr int widePipe = 1 << 20;

struct Pipe {
  UniqueFd reader, writer;
};

Pipe makePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw systemError("making a pipe");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void setNonBlocking(const UniqueFd& fd) {
  if (fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0) {
    throw systemError("setting O_NONBLOCK");
  }
}

/// Reading fails with EIO when the last process has closed its end of a terminal (pty(7)).
bool wouldWait() {
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace

void Stdio::openLog(const std::string& path, std::int64_t maxSize) {
  if (!path.empty() && !log_) {
    log_.emplace(path, maxSize);
  }
}

void Stdio::addOutput(Frame frame, UniqueFd fd) {
  setNonBlocking(fd);
  outputs_.push_back({frame, std::move(fd), {}, false});
}

Stdio::ChildEnds Stdio::openPipes(bool input) {
  ChildEnds ends;
  Pipe out = makePipe();
  Pipe err = makePipe();
  UniqueFd in;
  if (input) {
    Pipe pipe = makePipe();
    ends.input = std::move(pipe.reader);
    in = std::move(pipe.writer);
  }
  ends.output = std::move(out.writer);
  ends.error = std::move(err.writer);
  usePipes(std::move(in), std::move(out.reader), std::move(err.reader));
  return ends;
}

void Stdio::usePipes(UniqueFd input, UniqueFd output, UniqueFd error) {
  close();
  console_ = false;
  if (output) {
    addOutput(Frame::stdout_, std::move(output));
  }
  if (error) {
    addOutput(Frame::stderr_, std::move(error));
  }
  if (input) {
    setNonBlocking(input);
    input_ = std::move(input);
  }
}

void Stdio::useConsole(UniqueFd console) {
  close();
  console_ = true;
  // A descriptor of its own for writing, since epoll knows each only once.
  input_.reset(fcntl(console.get(), F_DUPFD_CLOEXEC, 0));
  addOutput(Frame::stdout_, std::move(console));
}

int Stdio::outputFd(Frame frame) const {
  for (const Output& output : outputs_) {
    if (output.frame == frame && !console_) {
      return output.fd.get();
    }
  }
  return -1;
}

void Stdio::begin(std::function<void()> ended, std::function<void()> inputClosed) {
  ended_ = std::move(ended);
  inputClosed_ = std::move(inputClosed);
  for (Output& output : outputs_) {
    output.watch = loop_.watch(output.fd.get(), EPOLLIN,
                               [this, frame = output.frame](std::uint32_t) { onOutput(frame); });
  }
  if (input_) {
    inputWatch_ = loop_.watch(input_.get(), 0, [this](std::uint32_t) { flushInput(); });
  }
  resume();
}

bool Stdio::readOnce(Output& output, bool& empty) {
  static std::array<char, 64 * 1024> buffer;  // one for all: it is empty between calls
  const ssize_t count = read(output.fd.get(), buffer.data(), buffer.size());
  empty = count < 0 ? wouldWait() : static_cast<std::size_t>(count) < buffer.size();
  if (count <= 0) {
    return count < 0 && empty;
  }
  if (!empty && !std::exchange(output.isWide, true)) {
    // It is filled faster than it is emptied: fewer and longer turns for both sides. Refused, where
    // an unprivileged user has many, it stays as it is.
    fcntl(output.fd.get(), F_SETPIPE_SZ, widePipe);
  }
  deliver(output.frame, {buffer.data(), static_cast<std::size_t>(count)});
  return true;
}

/// What is there, up to what a wide pipe holds: then it is the turn of others. False at the end of
/// the stream.
bool Stdio::readAll(Output& output) {
  bool more = true, empty = false;
  for (int turns = 0; more && !empty && turns < 16 && !heldBack(); ++turns) {
    more = readOnce(output, empty);
  }
  if (log_) {
    noteFailure(log_->flush());
  }
  return more;
}

void Stdio::onOutput(Frame frame) {
  const auto output = std::find_if(outputs_.begin(), outputs_.end(),
                                   [&](const Output& one) { return one.frame == frame; });
  if (output == outputs_.end() || readAll(*output)) {
    return;
  }
  outputs_.erase(output);
  if (outputs_.empty() && ended_) {
    const auto ended = ended_;  // it may begin anew
    ended();
  }
}

void Stdio::deliver(Frame frame, std::string_view data) {
  if (log_) {
    log_->add(frame == Frame::stderr_ ? LogStream::stderr_ : LogStream::stdout_, data);
  }
  for (; !attached_.empty() && !data.empty(); data.remove_prefix(std::min(data.size(), maxFrame))) {
    for (const Attached& one : attached_) {
      one.listener->frame(frame, data.substr(0, maxFrame));
    }
  }
  resume();
}

void Stdio::noteFailure(bool written) {
  if (!written && !logFailed_) {
    note(cat("writing a container's log: ", std::generic_category().message(errno)));
  }
  logFailed_ = !written;
}

bool Stdio::heldBack() const {
  return std::any_of(attached_.begin(), attached_.end(),
                     [](const Attached& one) { return one.listener->holdsBack(); });
}

void Stdio::resume() {
  const std::uint32_t events = heldBack() ? 0U : EPOLLIN;
  for (Output& output : outputs_) {
    output.watch.expect(events);
  }
}

void Stdio::close() {
  // Bounded, since who still writes might never stop.
  constexpr int reads = 64;
  for (Output& output : outputs_) {
    output.watch.reset();
    bool empty = false;
    for (int i = 0; i < reads && !empty && readOnce(output, empty); ++i) {
    }
  }
  if (log_) {
    noteFailure(log_->flush());
  }
  outputs_.clear();
  inputWatch_.reset();
  input_.reset();
  pendingInput_.clear();
  inputEnds_ = false;
}

void Stdio::attach(std::shared_ptr<Listener> listener, bool input, bool ownsInput) {
  attached_.push_back({std::move(listener), input, ownsInput});
}

const Stdio::Attached* Stdio::find(const Listener* listener) const {
  for (const Attached& one : attached_) {
    if (one.listener.get() == listener) {
      return &one;
    }
  }
  return nullptr;
}

bool Stdio::attached(const Listener* listener) const {
  return find(listener) != nullptr;
}

void Stdio::left(const Listener* listener) {
  const Attached* one = find(listener);
  if (one == nullptr) {
    return;
  }
  const bool ends = one->ownsInput;
  std::erase_if(attached_, [&](const Attached& each) { return each.listener.get() == listener; });
  if (ends && !console_) {
    inputEnds_ = true;
    flushInput();
  }
  resume();
}

void Stdio::write(const Listener* listener, std::string_view data) {
  const Attached* one = find(listener);
  if (one != nullptr && one->input && input_ && !inputEnds_) {
    pendingInput_ += data;
    flushInput();
  }
}

void Stdio::endInput(const Listener* listener) {
  const Attached* one = find(listener);
  if (one != nullptr && one->input && !console_) {
    inputEnds_ = true;
    flushInput();
  }
}

void Stdio::flushInput() {
  while (input_ && !pendingInput_.empty()) {
    const ssize_t count = ::write(input_.get(), pendingInput_.data(), pendingInput_.size());
    if (count >= 0) {
      pendingInput_.erase(0, static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      inputEnds_ = true;  // nobody reads it any more
      pendingInput_.clear();
    }
  }
  const bool waiting = !pendingInput_.empty();
  inputWatch_.expect(waiting ? EPOLLOUT : 0U);
  for (const Attached& one : attached_) {
    one.listener->readInput(!waiting);
  }
  if (!waiting && inputEnds_) {
    closeInput();
  }
}

void Stdio::closeInput() {
  if (!input_ || console_) {
    return;
  }
  inputWatch_.reset();
  input_.reset();
  if (inputClosed_) {
    inputClosed_();
  }
}

void Stdio::resize(unsigned short rows, unsigned short columns) {
  if (console_ && input_) {
    setWindowSize(input_.get(), {rows, columns});
  }
}

void Stdio::finish(const std::optional<int>& exitCode) {
  const auto all = std::exchange(attached_, {});
  for (const Attached& one : all) {
    one.listener->frame(Frame::exit, exitCode ? std::to_string(*exitCode) : "");
    one.listener->finish();
  }
}

}  // namespace keeper
