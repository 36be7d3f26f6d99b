#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keeper/holder.h"
#include "keeper/loop.h"
#include "keeper/netspace.h"
#include "keeper/state.h"
#include "runtime/pause.h"

namespace keeper {

/// What the containers of one keeper share: network namespace, published ports, cgroup, and for a
/// pod its pause process.
class Sandbox {
 public:
  Sandbox(Loop& loop, const Layout& layout, const CgroupLayout& cgroups, SandboxConfig config);

  const SandboxConfig& config() const { return config_; }
  bool started() const { return started_; }
  const SandboxState& state() const { return record_.state; }

  /// All of it stands afterwards; an Error leaves nothing behind. `pauseEnded` is called when the
  /// pause process has ended, however that came.
  void start(std::function<void()> pauseEnded);
  /// The pause process lives and a keeper before this one died.
  void takeOver(const SandboxRecord& record, std::function<void()> pauseEnded);

  /// For an OCI runtime specification of one of its containers.
  std::string namespacePath(NamespaceKind kind) const;
  pid_t pausePid() const { return record_.state.pause; }
  int pausePidfd() const { return pausePidfd_.get(); }
  Holder& holder() { return holder_; }

  std::vector<network::PublishedPort> publish(const std::vector<network::PublishedPort>& ports);
  void unpublish(const std::vector<network::PublishedPort>& ports);
  void reloadNetwork();
  /// The mount that pause runs from, whose end is not to be waited for in a start.
  void closePauseProgram() { pauseLaunch_.reset(); }
  void setPaused(bool paused);
  /// Changes its limits in force; all or none. Error (unsupported) where it has no cgroup.
  void update(const CgroupLimits& limits);
  /// How often memory has run out at the limit of the pod, or of what is above it.
  std::uint64_t oomEvents() const { return oom_.fd ? cgroup_->oomEvents(oom_) : 0; }

  /// SIGKILL to everything in the cgroup and to the pause process.
  void kill();
  /// Ends the pause process; pauseEnded is called then. False where there is none.
  bool endPause();
  /// Its network namespace does not end before this object does: that keeps the kernel busy for
  /// longer than all else.
  void holdNetwork();
  /// Takes everything back once no process is left. It may be started again.
  void takeDown();
  /// The first part of it.
  void takeDownButCgroup();
  /// The cgroup of a container that has ended goes when that of the sandbox does.
  void removeLater(std::unique_ptr<Cgroup> cgroup) { leftCgroups_.push_back(std::move(cgroup)); }

 private:
  void recordEvent(const char* status) const;
  void startNetwork();
  void launchPause();
  UniqueFd awaitPause();
  void watchPause();
  void watchMemory();
  void onPauseEnd();
  void writeState();
  const Cgroup* pauseCgroup() const { return pauseCgroup_ ? pauseCgroup_.get() : cgroup_.get(); }

  Loop& loop_;
  const Layout& layout_;
  const CgroupLayout& cgroups_;
  SandboxConfig config_;
  SandboxRecord record_;
  bool started_ = false;
  std::unique_ptr<Cgroup> cgroup_, pauseCgroup_;
  OomWatch oom_;
  std::optional<NetworkSpace> network_;
  Holder holder_;
  std::optional<runtime::PauseLaunch> pauseLaunch_;
  UniqueFd pausePidfd_;
  UniqueFd heldNetwork_;
  std::vector<std::unique_ptr<Cgroup>> leftCgroups_;
  Loop::Watch pauseWatch_;
  std::function<void()> pauseEnded_;
};

}  // namespace keeper
