#include "keeper/detached.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <memory>
#include <optional>

#include "base/error.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "runtime/report.h"

namespace keeper {
namespace {

/// Copies are made above the numbers that are passed, so that dup2(2) never overwrites one of them.
constexpr int firstFree = 16;

UniqueFd copyOf(int fd) {
  UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, firstFree));
  if (!copy) {
    throw systemError("duplicating a descriptor");
  }
  return copy;
}

/// Our environment, and where the program's companions are: from a sealed one it cannot see that.
std::vector<std::string> environmentFor(const Path& programPath) {
  std::vector<std::string> out;
  bool said = false;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    out.emplace_back(*variable);
    said = said || out.back().starts_with("PEAPOD_LIBEXEC=");
  }
  if (!said) {
    out.push_back(cat("PEAPOD_LIBEXEC=", programPath.parent_path().native()));
  }
  return out;
}

/// A handler of ours must not run in a process that shares our memory.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

DetachedProgram::DetachedProgram(const std::string& name, std::vector<std::string> arguments)
    : program_(program(name)),
      arguments_(std::move(arguments)),
      environment_(environmentFor(program(name))),
      null_(open("/dev/null", O_RDWR | O_CLOEXEC)) {
  if (!null_) {
    throw systemError("opening /dev/null");
  }
  pass(null_.get(), STDIN_FILENO);
  pass(null_.get(), STDOUT_FILENO);
}

void DetachedProgram::pass(int fd, int as) {
  passed_.push_back({copyOf(fd), as});
}

void DetachedProgram::passMount(int as) {
  pass(program_.mount(), as);
}

void DetachedProgram::become() const {
  if (setsid() < 0 || chdir("/") != 0) {
    throw systemError("leaving the session");
  }
  int last = STDERR_FILENO;
  for (const Passed& passed : passed_) {
    if (dup2(passed.fd.get(), passed.as) < 0) {
      throw systemError("handing on a descriptor");
    }
    last = std::max(last, passed.as);
  }
  // What our caller left open is not the program's: a pipe that it kept would never end.
  if (close_range(static_cast<unsigned>(last) + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    throw systemError("leaving the caller's descriptors behind");
  }
  resetSignals();
  program_.execute(arguments_, environment_);
}

/// Each of the two processes has a stack of its own and shares the rest of our memory while we
/// stand still (clone(2), CLONE_VFORK). But who is to be born in a cgroup needs clone3(2), for
/// which there is no C function that takes a stack: that one has a copy of our memory, and reports.
struct DetachedProgram::Start {
  static constexpr std::size_t stackSize = 256 * 1024;

  explicit Start(const DetachedProgram& what)
      : program(what), stacks(new std::byte[2 * stackSize]) {
    std::array<int, 2> ends{-1, -1};
    if (program.cgroup_ &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw systemError("making a socket to a program that is to be started");
    }
    reports.reset(ends[0]);
    reporting.reset(ends[1]);
  }

  static pid_t cloneOn(std::byte* stack, int (*main)(void*), Start& start) {
    return clone(main, stack + stackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
  }
  /// Ends at once, so that the program is nobody's child.
  static int between(void* argument) {
    auto& start = *static_cast<Start*>(argument);
    start.pid = start.program.cgroup_ ? start.bearInCgroup()
                                      : cloneOn(start.stacks.get() + stackSize, become, start);
    _exit(0);
  }
  pid_t bearInCgroup() {
    try {
      const pid_t child = cloneProcess({.flags = CLONE_VFORK, .cgroup = program.cgroup_.get()}).pid;
      if (child == 0) {
        become(this);
      }
      return child;
    } catch (const Error& error) {
      failure = error;
      return -1;
    }
  }
  static int become(void* argument) {
    auto& start = *static_cast<Start*>(argument);
    try {
      start.program.become();
    } catch (const Error& error) {
      start.failure = error;
      runtime::Reporter(start.reporting.get()).sendFailure(error);
    }
    _exit(1);
  }
  /// What a child told that could not write it into our memory.
  void hear() {
    if (reports && !failure) {
      const auto report = runtime::receiveReport(reports.get(), false);
      failure = report ? report->failure : std::nullopt;
    }
  }

  const DetachedProgram& program;
  const std::unique_ptr<std::byte[]> stacks;  // NOLINT: pages that are not used cost nothing
  pid_t pid = -1;
  std::optional<Error> failure;
  UniqueFd reports, reporting;  ///< a socket pair, for a child in a cgroup
};

pid_t DetachedProgram::start() {
  Start start(*this);
  const SignalsHeld held;
  const pid_t between = Start::cloneOn(start.stacks.get(), Start::between, start);
  if (between < 0) {
    throw systemError("starting ", arguments_.front());
  }
  while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  start.hear();
  if (start.failure) {
    throw Error(*start.failure);
  }
  if (start.pid < 0) {
    throw Error(ErrorKind::system, cat("starting ", arguments_.front(), ": cloning failed"));
  }
  return start.pid;
}

}  // namespace keeper
