#include "keeper/detached.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <optional>

#include "base/error.h"
#include "kernel/signal.h"

extern char** environ;

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

void DetachedProgram::become() const {
  if (setsid() < 0 || chdir("/") != 0) {
    throw systemError("leaving the session");
  }
  for (const Passed& passed : passed_) {
    if (dup2(passed.fd.get(), passed.as) < 0) {
      throw systemError("handing on a descriptor");
    }
  }
  resetSignals();
  program_.execute(arguments_, environment_);
}

/// By a process in between that ends at once. It and the new one share our memory while we stand
/// still (vfork(2)).
pid_t DetachedProgram::start() {
  volatile pid_t pid = 0;
  std::optional<Error> failure;
  const SignalsHeld held;
  const pid_t between = vfork();
  if (between == 0) {
    const pid_t child = vfork();
    if (child == 0) {
      try {
        become();
      } catch (const Error& error) {
        failure = error;
      }
      _exit(1);
    }
    pid = child;
    _exit(0);
  }
  if (between < 0) {
    throw systemError("starting ", arguments_.front());
  }
  while (waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (failure) {
    throw Error(*failure);
  }
  if (pid < 0) {
    throw Error(ErrorKind::system, cat("starting ", arguments_.front(), ": cloning failed"));
  }
  return pid;
}

}  // namespace keeper
