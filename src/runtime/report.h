#pragma once

#include <optional>

#include "base/error.h"
#include "kernel/fd.h"

namespace runtime {

/// The child's side of the socket to its launcher, from clone to exec. The socket closes with
/// execve(2), which is how the launcher learns that it worked.
class Reporter {
 public:
  explicit Reporter(int socket) : socket_(socket) {}

  int fd() const { return socket_; }
  bool launcherLives() const;
  void sendTerminal(int master) const;
  /// What follows is execve alone: an end without this was a crash.
  void sendReady() const;
  void sendFailure(const Error& error) const noexcept;

 private:
  int socket_;
};

/// What a launcher reads there.
struct Report {
  enum class Kind { terminal, ready, failure, end };
  Kind kind = Kind::end;
  UniqueFd terminal;
  std::optional<Error> failure;
};

/// Nothing where there is none yet; waits for one where wait.
std::optional<Report> receiveReport(int socket, bool wait);

}  // namespace runtime
