#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/rollback.h"

/// The processes in one cgroup directory and in those below it. Two kernel interfaces do this: the
/// v2 hierarchy, also where it has no controllers (hybrid), and v1's freezer, where there is no v2
/// hierarchy at all.
class ProcessTree {
 public:
  explicit ProcessTree(Path directory) : directory_(std::move(directory)) {}
  virtual ~ProcessTree() = default;
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  const Path& directory() const { return directory_; }
  std::vector<pid_t> processes() const;
  std::vector<std::string> children() const;  ///< names of the directories in it
  virtual void freeze() = 0;                  ///< returns when all stand still
  virtual void thaw() = 0;
  virtual bool frozen() const = 0;
  virtual void kill() = 0;
  /// False where processes are left when the time is over.
  virtual bool waitUntilEmpty(std::chrono::milliseconds time) const = 0;

 protected:
  Path directory_;
};

std::unique_ptr<ProcessTree> unifiedTree(Path directory);
std::unique_ptr<ProcessTree> freezerTree(Path directory);

/// The pids in cgroup.procs of the directory and all below it; none where it is gone.
std::vector<pid_t> processesBelow(const Path& directory);
/// Waits until the processes have ended or the time is over.
void waitForEnd(const std::vector<pid_t>& processes, std::chrono::milliseconds time);

/// Creates root/path level by level. `arrive` is called with each directory that is walked through,
/// root first, before the next level is made, and with the last one. Other processes may remove
/// empty levels meanwhile: then it starts again. What it made is removed by `undo`. True where the
/// last level is new.
bool makeLevels(const Path& root, const std::string& path, Rollback& undo,
                const std::function<void(const Path&)>& arrive);
/// Removes the directory and those below it, deepest first; waits, until the deadline, for
/// processes that are on their way out. Error (in_use) that names those which stay.
void removeLevels(const Path& directory, std::chrono::steady_clock::time_point deadline);
