#include "keeper/container.h"

#include <csignal>

#include "base/time.h"
#include "keeper/diary.h"
#include "keeper/events.h"
#include "keeper/state.h"
#include "kernel/pidfd.h"

namespace keeper {

using namespace std::chrono_literals;

namespace {

std::int64_t nanosecondsNow() {
  return now().time_since_epoch().count();
}

}  // namespace

Container::Container(Surroundings& around, ContainerConfig config, Ended ended)
    : around_(around),
      config_(std::move(config)),
      ended_(std::move(ended)),
      stdio_(around.loop),
      restart_(config_.restart) {}

Container::~Container() = default;

void Container::watchProcess() {
  processWatch_ = around_.loop.watch(pidfd_.get(), EPOLLIN, [this](std::uint32_t) { onExit(); });
}

void Container::onExit() {
  std::optional<ExitStatus> status;
  if (!adopted_) {
    status = reapIfEnded(pidfd_.get());
    if (!status) {
      return;
    }
    afterExit(status);
    return;
  }
  // Somebody else reaps it. Until that is done /proc tells how it ended, and afterwards the kernel
  // from 6.15 on; in between neither may.
  constexpr unsigned attempts = 50;
  status = exitOfZombie(state_.pid, state_.startTime);
  status = status ? status : exitOfReaped(pidfd_.get());
  if (!status && ++reapAttempts_ < attempts) {
    processWatch_.expect(0);
    reapTimer_ = around_.loop.after(2ms, [this] { onExit(); });
    return;
  }
  afterExit(status);
}

void Container::afterExit(std::optional<ExitStatus> status) {
  processWatch_.reset();
  stopTimer_.reset();
  state_.exitCode = status ? status->code : -1;
  state_.error = status ? "" : "its keeper died, so its exit code is not known";
  state_.finishedAt = nanosecondsNow();
  phase_ = Phase::draining;
  if (!ownPidNamespace_ && cgroup_) {
    // What it started lives on in the pid namespace of others, and holds its pipes.
    attempt("killing a container's cgroup", [this] { cgroup_->kill(); });
  }
  drain();
}

void Container::drain() {
  if (stdio_.ended()) {
    settle();
    return;
  }
  // The pipes end when all who have them are gone, except for one that was handed to a stranger.
  // A client that reads nothing is not waited for: what a pipe still has fits into its queue.
  drainTimer_ = around_.loop.after(500ms, [this] {
    stdio_.close();
    settle();
  });
}

void Container::settle() {
  drainTimer_.reset();
  stdio_.close();
  around_.sandbox.holder().dropRow(row_);
  row_ = 0;
  pidfd_.reset();
  around_.lateClose.add(std::move(mounts_), std::move(overlayLock_));
  state_.pid = 0;
  paused_ = false;
  if (budget_) {
    attempt("reading a container's cgroup", [this] {
      readBudget();
      state_.oomKilled = state_.exitCode != 0 && state_.oomKills > 0;
    });
  }
  recordEvent("died");
  const auto ran = std::chrono::nanoseconds(state_.finishedAt - state_.startedAt);
  const auto delay =
      stopRequested_ ? std::nullopt : restart_.next(state_.exitCode, state_.restarts, ran);
  if (delay) {
    wait(*delay);
  } else {
    end();
  }
}

void Container::wait(std::chrono::milliseconds delay) {
  phase_ = Phase::waiting;
  state_.status = "exited";
  writeState();
  restartTimer_ = around_.loop.after(delay, [this] {
    ++state_.restarts;
    launch();
  });
}

void Container::end() {
  phase_ = Phase::over;
  restartTimer_.reset();
  stopTimer_.reset();
  network_.reset();
  budget_.reset();
  if (cgroup_) {
    // One beside the sandbox's would be found by nobody if this keeper died before that.
    const bool isBelow = cgroup_->path().starts_with(cat(around_.sandbox.config().cgroup, "/"));
    if (around_.cgroupsLater && isBelow) {
      around_.sandbox.removeLater(std::move(cgroup_));
    } else {
      attempt("removing a container's cgroup", [this] { cgroup_->remove(); });
    }
    cgroup_.reset();
  }
  if (state_.status != "created") {
    state_.status = "exited";
  }
  attempt("writing a container's last state", [this] {
    if (around_.removing) {
      writeState();
      around_.endedMeanwhile.push_back(config_.id);
    } else {
      writeExit(around_.layout, config_.id, state_);
    }
  });
  removeContainerConfig(around_.layout, around_.sandbox.config().id, config_);
  ended_(*this);
  if (started_) {
    // Killed on its way: who asked for the start is told so.
    const Error error(ErrorKind::in_use,
                      cat("starting container ", config_.name, ": it was stopped before it ran"));
    std::exchange(started_, nullptr)(&error);
  }
  stdio_.finish(state_.exitCode);
  for (const auto& done : std::exchange(waiting_, {})) {
    done();
  }
}

void Container::whenOver(std::function<void()> done) {
  if (over()) {
    done();
  } else {
    waiting_.push_back(std::move(done));
  }
}

void Container::stop(std::optional<unsigned> seconds, std::function<void()> done) {
  stopRequested_ = true;
  whenOver(std::move(done));
  const unsigned limit = seconds.value_or(config_.stopTimeout);
  if (phase_ == Phase::waiting) {
    end();
  } else if (phase_ == Phase::starting) {
    stopWhenStarted_ = limit;
    stopTimer_ = around_.loop.after(std::chrono::seconds(limit), [this] { killNow(); });
  } else if (phase_ == Phase::running) {
    beginStop(limit);
  }
}

void Container::beginStop(unsigned seconds) {
  const auto at = Loop::Clock::now() + std::chrono::seconds(seconds);
  const bool again = killAt_.has_value();
  if (seconds == 0) {
    killNow();
    return;
  }
  if (!again || at < *killAt_) {
    killAt_ = at;
    stopTimer_ = around_.loop.after(std::chrono::seconds(seconds), [this] { killNow(); });
  }
  if (!again) {
    signal(config_.stopSignal);
    if (std::exchange(paused_, false)) {
      attempt("thawing a container", [this] { cgroup_->thaw(); });
    }
    state_.status = "stopping";
    writeState();
  }
}

void Container::signal(int number) {
  if (pidfd_) {
    signalProcess(pidfd_.get(), number);
  }
}

void Container::killNow() {
  stopRequested_ = true;
  if (phase_ == Phase::waiting) {
    end();
  } else if (phase_ == Phase::starting) {
    undoLaunch();
    end();
  } else if (phase_ == Phase::running) {
    signal(SIGKILL);
    if (paused_) {
      attempt("thawing a container", [this] { cgroup_->thaw(); });
    }
  }
}

void Container::requireRunning(const char* operation) const {
  if (phase_ != Phase::running) {
    throw Error(ErrorKind::in_use,
                cat(std::string_view(operation), " container ", config_.name, ": it does not run"));
  }
}

void Container::kill(int number) {
  if (number == SIGKILL && phase_ == Phase::waiting) {
    killNow();
    return;
  }
  requireRunning("signalling");
  if (number < 1 || number > SIGRTMAX) {
    throw Error(ErrorKind::invalid, cat("there is no signal ", number));
  }
  // A signal that asks for the end is not followed by a restart; a reload (SIGHUP) changes nothing.
  if (number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGQUIT ||
      number == config_.stopSignal) {
    stopRequested_ = true;
  }
  if (number == SIGKILL) {
    killNow();
  } else {
    signal(number);
  }
}

void Container::freeze() {
  requireRunning("pausing");
  if (!cgroup_) {
    throw Error(ErrorKind::unsupported,
                cat("pausing container ", config_.name, ": it has no cgroup"));
  }
  if (!paused_) {
    within(cat("pausing container ", config_.name), [this] { cgroup_->freeze(); });
    paused_ = true;
    state_.status = "paused";
    writeState();
    recordEvent("pause");
  }
}

void Container::thaw() {
  requireRunning("unpausing");
  if (paused_) {
    within(cat("unpausing container ", config_.name), [this] { cgroup_->thaw(); });
    paused_ = false;
    state_.status = killAt_ ? "stopping" : "running";
    writeState();
    recordEvent("unpause");
  }
}

void Container::recordEvent(const char* status) const {
  const SandboxConfig& sandbox = around_.sandbox.config();
  Event event = containerEvent(status, config_.id, config_.name, config_.image,
                               sandbox.pod ? sandbox.id : "");
  if (event.status == "died") {
    event.exitCode = state_.exitCode;
  } else if (event.status == "oom") {
    event.limit = state_.oomLimit;
  }
  record(around_.layout, event);
}

void Container::writeState() {
  // Without a file the container still runs; the next change writes it again.
  attempt("writing a container's state", [this] {
    keeper::writeState(around_.layout, around_.sandbox.config().id, config_.id, state_);
  });
}

}  // namespace keeper
