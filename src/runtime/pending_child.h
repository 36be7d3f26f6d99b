#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "kernel/process.h"
#include "runtime/launch.h"
#include "runtime/report.h"

namespace runtime {

/// A child between clone and execve, seen from its launcher. Destroyed before it finished, it kills
/// and reaps it.
class PendingChild {
 public:
  struct Request {
    std::uint64_t flags = 0;  ///< CLONE_NEW...
    int pidNamespace =
        -1;  ///< a descriptor of the one to be born into, or of a process in it; -1: the caller's
    const Cgroup* cgroup = nullptr;
    /// The child's way: ends in execve; what it throws goes to the launcher. The files are those of
    /// the cgroup into which it has to write "0".
    std::function<void(Reporter&, std::vector<UniqueFd>)> steps;
  };

  PendingChild() = default;
  PendingChild(const PendingChild&) = delete;
  PendingChild& operator=(const PendingChild&) = delete;
  ~PendingChild();

  void start(const Request& request);
  int fd() const { return reports_.get(); }
  pid_t pid() const { return child_.pid; }
  int pidfd() const { return child_.pidfd.get(); }
  /// As Launch::finish; where wait, as Launch::wait.
  std::optional<Started> advance(bool wait);

 private:
  Started conclude();
  Child child_;
  UniqueFd reports_;
  UniqueFd console_;
  bool ready_ = false;
  std::optional<Error> failure_;
};

}  // namespace runtime
