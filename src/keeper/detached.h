#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "kernel/selfexe.h"

namespace keeper {

/// A program of ours to be run in a session of its own, with / as its directory, default signals
/// and stdin and stdout on /dev/null. It is nobody's child who would have to wait for it.
class DetachedProgram {
 public:
  /// `arguments` begin with the program's name. Descriptors below `firstFree` that are not handed
  /// on explicitly are not inherited as long as they are CLOEXEC.
  DetachedProgram(const std::string& name, std::vector<std::string> arguments);

  /// The process will have a copy of the descriptor as this number.
  void pass(int fd, int as);
  /// The directory of a v2 cgroup for it to be born in; without one, or where the kernel refuses,
  /// it is in the caller's.
  void startIn(UniqueFd cgroup) { cgroup_ = std::move(cgroup); }
  /// The process will have the mount that it runs from as this number. The end of that mount waits
  /// for all CPUs (an RCU grace period), and who closes it last is who waits.
  void passMount(int as);
  /// Returns its pid once its execve(2) has succeeded.
  pid_t start();

 private:
  struct Passed {
    UniqueFd fd;
    int as;
  };
  struct Start;
  [[noreturn]] void become() const;

  SealedProgram program_;
  std::vector<std::string> arguments_, environment_;
  UniqueFd null_;
  std::vector<Passed> passed_;
  UniqueFd cgroup_;
};

}  // namespace keeper
