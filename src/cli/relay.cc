#include "cli/relay.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/error.h"
#include "kernel/signal.h"

namespace cli {
namespace {

/// A pipe that poll(2) calls writable has room for so much: PIPE_BUF of pipe(7).
constexpr std::size_t writeSize = 4096;
constexpr std::size_t readSize = 32 * 1024;

}  // namespace

SignalWatch::SignalWatch() {
  // A reader that has gone is an error of write(2), not the end of this process.
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set =
      blockSignals({SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH});
  fd_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) {
    throw systemError("opening a descriptor for signals");
  }
}

void SignalWatch::release() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

std::optional<int> SignalWatch::take() {
  signalfd_siginfo info{};
  if (read(fd_.get(), &info, sizeof info) != sizeof info) {
    return std::nullopt;
  }
  return static_cast<int>(info.ssi_signo);
}

Relay::Relay(Peer& peer, SignalWatch& signals, RelayOptions options)
    : peer_(peer), signals_(signals), options_(std::move(options)) {}

Outcome Relay::run() {
  const bool raw = options_.terminal && options_.input && isatty(STDIN_FILENO) != 0;
  std::optional<RawMode> rawMode;
  if (raw) {
    rawMode.emplace(STDIN_FILENO);
  } else {
    options_.keys = {};
  }
  inputEnded_ = !options_.input;
  sendSize();
  while (!outcome_ || !pending_.empty()) {
    wait();
  }
  return *outcome_;
}

void Relay::output(int stream, std::string data) {
  const bool wanted = stream == STDOUT_FILENO ? options_.output : options_.errors;
  if (wanted && !data.empty()) {
    pending_.push_back({stream, std::move(data)});
  }
}

void Relay::wait() {
  std::vector<pollfd> polled{{signals_.fd(), POLLIN, 0}};
  const auto add = [&](int fd, short events) {
    polled.push_back({fd, events, 0});
    return polled.size() - 1;
  };
  std::optional<std::size_t> out, in, sink;
  std::vector<int> sources;
  if (!pending_.empty()) {
    out = add(pending_.front().stream, POLLOUT);
  } else {
    sources = peer_.readable();
  }
  const std::size_t firstSource = polled.size();
  for (const int source : sources) {
    add(source, POLLIN);
  }
  if (!input_.empty() && peer_.inputFd() >= 0) {
    sink = add(peer_.inputFd(), POLLOUT);
  } else if (!inputEnded_ && peer_.inputFd() >= 0) {
    in = add(STDIN_FILENO, POLLIN);
  }
  if (poll(polled.data(), polled.size(), -1) < 0) {
    if (errno == EINTR) {
      return;
    }
    throw systemError("waiting for the container's output");
  }
  if (polled[0].revents != 0) {
    takeSignal();
  }
  if (out && polled[*out].revents != 0) {
    writeOutput();
  }
  for (std::size_t at = 0; at < sources.size() && !outcome_; ++at) {
    if (polled[firstSource + at].revents != 0) {
      peer_.receive(sources[at], *this);
    }
  }
  if (sink && polled[*sink].revents != 0) {
    sendInput();
  }
  if (in && polled[*in].revents != 0) {
    readInput();
  }
}

void Relay::readInput() {
  std::array<char, readSize> buffer;
  const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
    return;
  }
  // A terminal that has hung up gives EIO; there is no more input then either.
  if (count <= 0) {
    inputEnded_ = true;
    if (!options_.terminal) {
      peer_.endInput();
    }
    return;
  }
  auto fed = options_.keys.feed({buffer.data(), static_cast<std::size_t>(count)});
  input_ += fed.forward;
  if (fed.detached) {
    outcome_ = Outcome{Outcome::How::detached};
  }
}

void Relay::sendInput() {
  const std::size_t taken = peer_.send(input_);
  input_.erase(0, taken);
}

void Relay::writeOutput() {
  Pending& front = pending_.front();
  const std::string_view rest = std::string_view(front.data).substr(front.written, writeSize);
  const ssize_t count = closedOutput_ ? static_cast<ssize_t>(rest.size())
                                      : write(front.stream, rest.data(), rest.size());
  if (count < 0) {
    if (errno == EINTR || errno == EAGAIN) {
      return;
    }
    if (errno != EPIPE && errno != EIO) {
      throw systemError("writing the container's output");
    }
    // The terminal that went away; the signal for it may come later, by way of a shell.
    const bool hungUp = errno == EIO && options_.terminal;
    closedOutput_ = true;
    pending_.clear();
    if (!outcome_) {
      outcome_ = Outcome{hungUp ? Outcome::How::detached : Outcome::How::outputClosed};
    }
    return;
  }
  front.written += static_cast<std::size_t>(count);
  if (front.written == front.data.size()) {
    pending_.pop_front();
  }
}

void Relay::takeSignal() {
  while (const auto signal = signals_.take()) {
    if (*signal == SIGWINCH) {
      sendSize();
    } else if (*signal == SIGHUP && options_.terminal) {
      // It is our terminal that went away; the container has one of its own and goes on.
      pending_.clear();
      outcome_ = Outcome{Outcome::How::detached};
      return;
    } else if (options_.proxySignals) {
      peer_.signal(*signal);
    } else {
      pending_.clear();
      outcome_ = Outcome{Outcome::How::interrupted, *signal};
      return;
    }
  }
}

void Relay::sendSize() {
  if (!options_.terminal) {
    return;
  }
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (const auto size = windowSize(fd)) {
      peer_.resize(*size);
      return;
    }
  }
}

}  // namespace cli
