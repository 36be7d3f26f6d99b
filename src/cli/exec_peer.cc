#include "cli/exec_peer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "kernel/pidfd.h"
#include "kernel/process.h"

namespace cli {
namespace {

constexpr std::size_t execReadSize = 32 * 1024;
/// What a terminal takes for the end of input (termios(3), VEOF).
constexpr std::string_view endOfInput = "\x04";

void doNotWait(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

UniqueFd copyOf(int fd) {
  return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

/// Pipes, sockets and /dev/null; and what is closed, which the process does not have either.
bool canBeGiven(int fd) {
  struct stat status {};
  return fstat(fd, &status) != 0 || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ||
         (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

/// A pipe whose end at `ours` (0: read, 1: write) is kept and does not wait.
void makePipe(UniqueFd& kept, UniqueFd& given, int ours) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw systemError("creating a pipe");
  }
  kept.reset(ends[static_cast<std::size_t>(ours)]);
  given.reset(ends[static_cast<std::size_t>(1 - ours)]);
  doNotWait(kept.get());
}

}  // namespace

ExecPeer::Stdio ExecPeer::plainStdio(bool interactive) {
  Stdio stdio;
  if (interactive && !canBeGiven(STDIN_FILENO)) {
    makePipe(stdio.in, stdio.childIn, 1);
    stdio.relaysInput = true;
  } else if (interactive) {
    stdio.childIn = copyOf(STDIN_FILENO);
  }
  if (canBeGiven(STDOUT_FILENO)) {
    stdio.childOut = copyOf(STDOUT_FILENO);
  } else {
    makePipe(stdio.out, stdio.childOut, 0);
  }
  if (canBeGiven(STDERR_FILENO)) {
    stdio.childErr = copyOf(STDERR_FILENO);
  } else {
    makePipe(stdio.err, stdio.childErr, 0);
  }
  return stdio;
}

ExecPeer::ExecPeer(runtime::Started started, Stdio stdio)
    : started_(std::move(started)), stdio_(std::move(stdio)) {
  if (started_.console) {
    doNotWait(started_.console.get());
  }
}

std::vector<int> ExecPeer::readable() const {
  std::vector<int> fds;
  if (started_.console && !consoleEnded_) {
    fds.push_back(started_.console.get());
  }
  for (const UniqueFd* fd : {&stdio_.out, &stdio_.err, &started_.pidfd}) {
    if (*fd) {
      fds.push_back(fd->get());
    }
  }
  return fds;
}

bool ExecPeer::readOnce(UniqueFd& fd, int stream, Relay& relay) {
  std::array<char, execReadSize> buffer;
  const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return false;
  }
  // EIO: nobody has the terminal open any more.
  if (count <= 0) {
    if (&fd != &started_.console) {
      fd.reset();
    }
    return false;
  }
  relay.output(stream, std::string(buffer.data(), static_cast<std::size_t>(count)));
  return true;
}

void ExecPeer::drain(Relay& relay) {
  // Bounded by what the kernel holds: others that have the terminal or pipe open may go on writing.
  constexpr int most = 64;
  for (int round = 0; round < most && started_.console; ++round) {
    if (!readOnce(started_.console, STDOUT_FILENO, relay)) {
      break;
    }
  }
  for (int round = 0; round < most && stdio_.out; ++round) {
    if (!readOnce(stdio_.out, STDOUT_FILENO, relay)) {
      break;
    }
  }
  for (int round = 0; round < most && stdio_.err; ++round) {
    if (!readOnce(stdio_.err, STDERR_FILENO, relay)) {
      break;
    }
  }
}

void ExecPeer::receive(int fd, Relay& relay) {
  if (started_.console && fd == started_.console.get()) {
    // A hung-up terminal stays readable; what is still to come is the exit.
    consoleEnded_ = !readOnce(started_.console, STDOUT_FILENO, relay) && errno == EIO;
  } else if (stdio_.out && fd == stdio_.out.get()) {
    readOnce(stdio_.out, STDOUT_FILENO, relay);
  } else if (stdio_.err && fd == stdio_.err.get()) {
    readOnce(stdio_.err, STDERR_FILENO, relay);
  } else if (fd == started_.pidfd.get()) {
    const auto status = reapIfEnded(fd);
    if (status) {
      drain(relay);
      relay.end({Outcome::How::exited, status->code});
    }
  }
}

std::size_t ExecPeer::send(std::string_view data) {
  const ssize_t count = write(input(), data.data(), data.size());
  if (count >= 0) {
    return static_cast<std::size_t>(count);
  }
  if (errno == EAGAIN || errno == EINTR) {
    return 0;
  }
  // The process has closed its stdin: nobody wants the rest.
  inputEnded_ = true;
  stdio_.in.reset();
  return data.size();
}

void ExecPeer::endInput() {
  inputEnded_ = true;
  if (started_.console) {
    if (write(started_.console.get(), endOfInput.data(), endOfInput.size()) < 0) {
      // It is full or gone: there is nobody to tell.
      return;
    }
  }
  stdio_.in.reset();
}

void ExecPeer::resize(WindowSize size) {
  if (started_.console) {
    setWindowSize(started_.console.get(), size);
  }
}

void ExecPeer::signal(int number) {
  signalProcess(started_.pidfd.get(), number);
}

void ExecPeer::leaveBehind() {
  const pid_t child = fork();
  if (child != 0) {
    return;
  }
  setsid();
  std::array<char, execReadSize> buffer;
  fcntl(started_.console.get(), F_SETFL, 0);
  while (read(started_.console.get(), buffer.data(), buffer.size()) > 0 || errno == EINTR) {
  }
  _exit(0);
}

}  // namespace cli
