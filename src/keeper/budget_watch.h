#pragma once

#include <functional>

#include "keeper/config.h"
#include "keeper/loop.h"

namespace keeper {

/// Whose limit of processes refused a fork in the container's cgroup: "container" or "pod"; empty
/// where none was refused.
std::string pidsLimitReached(const Cgroup& cgroup);

/// Watches what its limits do to a container: processes killed for want of memory, forks refused.
/// The kernel wakes it; between events it costs three descriptors. It must not outlive the cgroup.
class BudgetWatch {
 public:
  /// `podOomEvents` tells how often memory ran out at the pod's limit (Cgroup::oomEvents);
  /// `changed` is called when it is time for update().
  BudgetWatch(Loop& loop, const Cgroup& cgroup, std::function<std::uint64_t()> podOomEvents,
              std::function<void()> changed);

  /// A new run of the container: counts from now on.
  void restart();
  /// Writes the counts since restart() into the state, and whose limit it was; true where they are
  /// others than before.
  bool update(ContainerState& state);

 private:
  std::uint64_t ownOomEvents() const;
  void watchPids();
  void onOom();
  void onPids();

  Loop& loop_;
  const Cgroup& cgroup_;
  std::function<std::uint64_t()> podOomEvents_;
  std::function<void()> changed_;
  OomWatch oom_;
  UniqueFd pids_;
  Loop::Watch oomWatch_, pidsWatch_;
  Loop::Timer later_;
  std::uint64_t kills_ = 0, ownEvents_ = 0, podEvents_ = 0, refused_ = 0;  ///< at restart()
};

}  // namespace keeper
