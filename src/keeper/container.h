#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keeper/budget_watch.h"
#include "keeper/late_close.h"
#include "keeper/loop.h"
#include "keeper/restart.h"
#include "keeper/sandbox.h"
#include "keeper/stdio.h"
#include "kernel/process.h"
#include "runtime/launch.h"

namespace oci {
struct RuntimeSpec;
}

namespace keeper {

/// What every container of a keeper needs.
struct Surroundings {
  Loop& loop;
  const Layout& layout;
  const CgroupLayout& cgroups;
  Sandbox& sandbox;
  LateClose& lateClose;
  /// The keeper's own from before it changed them; its children must not have its present ones.
  std::optional<int> oomScoreAdj;
  std::uint64_t openFiles = 0;
  /// Called when a launch is about to be over, well or not, that of a restart too.
  std::function<void()> launched;
  /// The sandbox is being removed, and with it the directories of its containers: who has ended
  /// meanwhile has its last state with the live ones.
  bool removing = false;
  std::vector<std::string> endedMeanwhile{};
  /// Cgroups of containers that end go when the sandbox's does.
  bool cgroupsLater = false;
};

/// One container from its start to its end for good, restarts included: process, cgroup, streams,
/// state files. What it made is taken back when it has ended.
class Container {
 public:
  /// Called once, when the process has ended and is not going to be started again; the destructor
  /// may run only after it has returned.
  using Ended = std::function<void(Container&)>;
  using Done = std::function<void(const Error* error)>;

  Container(Surroundings& around, ContainerConfig config, Ended ended);
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container();

  const ContainerConfig& config() const { return config_; }
  const ContainerState& state() const { return state_; }
  Stdio& stdio() { return stdio_; }

  /// `done` is called when the process runs, before any of its output is read, or with the error,
  /// after which nothing is left of it and Ended is called too.
  void start(Done done);
  /// One that a dead keeper started, from its files and the pause process's copies.
  void takeOver(unsigned row);

  bool starting() const { return phase_ == Phase::starting; }
  bool running() const { return phase_ == Phase::running; }
  bool over() const { return phase_ == Phase::over; }
  pid_t pid() const { return state_.pid; }

  /// `done` is called when it has ended for good.
  void stop(std::optional<unsigned> seconds, std::function<void()> done);
  /// It is not removed when it has ended.
  void keep() { config_.remove = false; }
  void whenOver(std::function<void()> done);
  /// Error (in_use) where it does not run.
  void kill(int number);
  /// SIGKILL, and no restart.
  void killNow();
  void reloadNetwork();
  void freeze();
  void thaw();
  /// Changes limits in force, and those that it is started with again. All or none.
  void update(const CgroupLimits& limits);
  /// After its pod's CPU time has changed: v1 lets it have no more than that.
  void renewCpuLimit();

 private:
  enum class Phase { fresh, starting, running, draining, waiting, over };

  void launch();
  void prepare();
  runtime::LaunchOptions launchOptions(bool terminal);
  void complete(oci::RuntimeSpec& spec) const;
  void onLaunch();
  void onStarted(runtime::Started started);
  void onFailed(const Error& cause);
  void beginStreams();
  void retrieveStreams();
  UniqueFd openProcess() const;
  void watchProcess();
  void onExit();
  void afterExit(std::optional<ExitStatus> status);
  void drain();
  void settle();
  void wait(std::chrono::milliseconds delay);
  void end();
  void undoLaunch();
  void beginStop(unsigned seconds);
  void signal(int number);
  void watchBudget();
  void weighOwnScope(const CgroupLimits& limits) const;
  void onBudget();
  bool readBudget();
  void recordEvent(const char* status) const;
  void requireRunning(const char* operation) const;
  void writeState();
  void writeConfig();
  void holdDescriptors();
  void openOverlayLock();
  void holdMounts();

  Surroundings& around_;
  ContainerConfig config_;
  Ended ended_;
  ContainerState state_;
  Phase phase_ = Phase::fresh;
  Stdio stdio_;
  RestartDecision restart_;
  std::unique_ptr<Cgroup> cgroup_;
  std::optional<BudgetWatch> budget_;
  std::optional<NetworkSpace> network_;
  std::optional<runtime::Launch> launch_;
  Loop::Watch launchWatch_;
  UniqueFd pidfd_;
  UniqueFd mounts_;       ///< its mount namespace, which so outlives its processes
  UniqueFd overlayLock_;  ///< runtime::Overlay::lock
  Loop::Watch processWatch_;
  Loop::Timer stopTimer_, drainTimer_, restartTimer_, reapTimer_;
  std::optional<Loop::Clock::time_point> killAt_;
  std::optional<unsigned> stopWhenStarted_;
  Done started_;
  std::vector<std::function<void()>> waiting_;
  unsigned row_ = 0, reapAttempts_ = 0;
  bool stopRequested_ = false, paused_ = false, adopted_ = false, ownPidNamespace_ = true;
};

}  // namespace keeper
