#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/shared_work.h"
#include "keeper/state.h"

namespace keeper {

/// For lists, which ask for the states of all containers, and for a pod's keeper once for each of
/// its containers: while one lives, readState(), readSandboxState() and keeperRuns() do not read
/// again what it has. What it has not, they read as ever, so that nothing is missed that was
/// started since; and where a keeper is not found running, they look again.
class LiveStates {
 public:
  /// Has nothing but the keepers that have been found running.
  LiveStates();
  ~LiveStates();
  LiveStates(const LiveStates&) = delete;
  LiveStates& operator=(const LiveStates&) = delete;

  /// Has `work` read all files of states, while the caller does something else. It must end after
  /// this object.
  void readAll(const Layout& layout, SharedWork& work);

  /// The one that lives; null where none does.
  static LiveStates* current() { return current_; }

  /// As the file had it; null where it was not there. Waits until all is read.
  const StateFile* state(const std::string& container);
  const SandboxRecord* sandbox(const std::string& sandbox);
  std::set<std::string>& runningKeepers();

 private:
  struct File {
    std::string name;  ///< without ".json"
    StateFile state;
    SandboxRecord sandbox;
    bool isRead = false, keeperRuns = false;

    bool isSandbox() const;
    std::string sandboxId() const;
  };
  void read(File& file) const;
  const File* find(std::string_view name);
  void awaitFiles();

  static LiveStates* current_;
  SharedWork* work_ = nullptr;  ///< until it has read all
  UniqueFd states_, sandboxes_;
  std::vector<File> files_;
  std::unordered_map<std::string_view, const File*> byName_;
  std::set<std::string> running_;
};

}  // namespace keeper
