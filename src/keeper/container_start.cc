#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "base/rollback.h"
#include "base/time.h"
#include "base/timed_phase.h"
#include "keeper/command.h"
#include "keeper/container.h"
#include "keeper/diary.h"
#include "keeper/joined.h"
#include "keeper/state.h"
#include "kernel/pidfd.h"
#include "spec/runtime.h"

/// The part of a container's life that leads to its running process.
namespace keeper {
namespace {

void setNamespace(oci::RuntimeSpec& spec, NamespaceKind kind, const std::string& path) {
  const std::string_view type = traits(kind).ociType;
  auto& all = spec.linux_.namespaces;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.type == type; });
  if (found != all.end()) {
    found->path = path;
  } else {
    all.push_back({std::string(type), path});
  }
}

bool hasOwnPidNamespace(const oci::RuntimeSpec& spec) {
  const std::string_view type = traits(NamespaceKind::pid).ociType;
  return std::any_of(spec.linux_.namespaces.begin(), spec.linux_.namespaces.end(),
                     [&](const auto& one) { return one.type == type && one.path.empty(); });
}

oci::RuntimeSpec readSpec(const Path& bundle) {
  const Path path = bundle / "config.json";
  auto spec = oci::parseRuntimeSpec(readFile(path), path.native());
  if (!spec.root.path.empty() && spec.root.path.front() != '/') {
    spec.root.path = bundle / spec.root.path;
  }
  return spec;
}

}  // namespace

void Container::start(Done done) {
  started_ = std::move(done);
  state_ = readStateFile(around_.layout, config_.id).value_or(ContainerState{});
  state_.restarts = 0;
  state_.error.clear();
  launch();
}

void Container::launch() {
  phase_ = Phase::starting;
  killAt_.reset();
  try {
    prepare();
    launchWatch_ =
        around_.loop.watch(launch_->fd(), EPOLLIN, [this](std::uint32_t) { onLaunch(); });
  } catch (const Error& error) {
    onFailed(error);
  }
}

void Container::prepare() {
  TimedPhase phase("read specification");
  oci::RuntimeSpec spec = readSpec(config_.bundle);
  phase.next("network of the container");
  if (config_.network && !network_) {
    network_.emplace(network::createNamespace(), config_.network->interface,
                     config_.network->ports);
    config_.network->ports = network_->ports();
    if (network_->takeMadeRules()) {
      reloadOtherNetworks(around_.layout);
    }
  }
  if (row_ == 0) {
    row_ = around_.sandbox.holder().takeRow();
  }
  phase.next("write configuration");
  writeConfig();
  phase.next("cgroup of the container");
  if (!config_.cgroup.empty() && !cgroup_) {
    cgroup_ = around_.cgroups.open(config_.cgroup);
    cgroup_->create(config_.limits);
    weighOwnScope(config_.limits);
  }
  watchBudget();
  phase.next("log, locks, pipes");
  stdio_.openLog(config_.logPath, config_.logMaxSize);
  around_.lateClose.flush();  // the child would inherit it, and wait for itself
  openOverlayLock();
  complete(spec);
  ownPidNamespace_ = hasOwnPidNamespace(spec);
  runtime::LaunchOptions options = launchOptions(spec.process.terminal);
  phase.next("clone");
  launch_.emplace(runtime::Launch::container(spec, std::move(options)));
  holdDescriptors();
}

void Container::reloadNetwork() {
  if (network_) {
    network_->reload();
  }
}

void Container::complete(oci::RuntimeSpec& spec) const {
  for (const NamespaceKind kind : config_.sandboxNamespaces) {
    setNamespace(spec, kind, around_.sandbox.namespacePath(kind));
  }
  for (const auto& [kind, owner] : config_.joined) {
    setNamespace(spec, kind, joinedNamespace(around_.layout, kind, owner));
  }
  if (network_) {
    setNamespace(spec, NamespaceKind::net, cat("/proc/", getpid(), "/fd/", network_->fd()));
  }
  if (!spec.process.oomScoreAdj) {
    spec.process.oomScoreAdj = around_.oomScoreAdj;
  }
  constexpr const char* openFiles = "RLIMIT_NOFILE";
  auto& limits = spec.process.rlimits;
  if (around_.openFiles != 0 && std::none_of(limits.begin(), limits.end(), [](const auto& one) {
        return one.type == openFiles;
      })) {
    limits.push_back({openFiles, around_.openFiles, around_.openFiles});
  }
}

runtime::LaunchOptions Container::launchOptions(bool terminal) {
  runtime::LaunchOptions options;
  options.overlay = config_.overlay;
  if (options.overlay) {
    options.overlay->lock = overlayLock_.get();
  }
  if (config_.sandboxShm) {
    options.borrowed.push_back({around_.sandbox.pausePid(), "/", "/dev/shm"});
  }
  if (config_.shmOf) {
    const pid_t owner = within(cat("sharing /dev/shm of container ", config_.shmOf->name),
                               [&] { return runningPid(around_.layout, *config_.shmOf); });
    options.borrowed.push_back({owner, "/dev/shm", "/dev/shm"});
  }
  options.user = config_.user;
  options.groups = config_.groups;
  options.cgroup = cgroup_.get();
  options.cgroupPlaces = around_.layout.cgroupPlaces();
  options.seccompCache = around_.layout.seccompCache();
  options.seccompFilter = config_.seccompFilter;
  if (!terminal) {
    Stdio::ChildEnds ends = stdio_.openPipes(config_.stdinOpen);
    options.stdin_ = std::move(ends.input);
    options.stdout_ = std::move(ends.output);
    options.stderr_ = std::move(ends.error);
  }
  return options;
}

void Container::onLaunch() {
  try {
    if (auto started = launch_->finish()) {
      onStarted(std::move(*started));
    }
  } catch (const Error& error) {
    onFailed(error);
  }
}

void Container::onStarted(runtime::Started started) {
  const TimedPhase phase("hold, write state");
  launchWatch_.reset();
  launch_.reset();
  phase_ = Phase::running;
  around_.launched();
  adopted_ = false;
  pidfd_ = std::move(started.pidfd);
  if (started.console) {
    stdio_.useConsole(std::move(started.console));
    around_.sandbox.holder().hold(row_, Holder::Place::console, stdio_.consoleFd());
  }
  state_.status = "running";
  state_.pid = started.pid;
  state_.startTime = startTimeOf(started.pid).value_or(0);
  state_.startedAt = now().time_since_epoch().count();
  state_.finishedAt = 0;
  state_.exitCode = 0;
  state_.oomKilled = false;
  state_.oomKills = state_.pidsRefused = 0;
  state_.oomLimit.clear();
  state_.pidsLimit.clear();
  state_.error.clear();
  holdMounts();
  writeState();
  // How an earlier run ended would be taken for the end of this one after a reboot.
  unlink(exitPath(around_.layout, config_.id).c_str());
  if (!config_.pidFile.empty()) {
    attempt("writing a pid file",
            [&] { replaceFile(config_.pidFile, std::to_string(started.pid)); });
  }
  watchProcess();
  recordEvent("start");
  if (started_) {
    std::exchange(started_, nullptr)(nullptr);
  }
  beginStreams();
  if (stopWhenStarted_) {
    beginStop(*std::exchange(stopWhenStarted_, std::nullopt));
  }
}

void Container::openOverlayLock() {
  if (config_.overlay) {
    overlayLock_.reset(open(config_.overlay->work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!overlayLock_) {
      throw systemError("opening ", config_.overlay->work.native());
    }
  }
}

/// Where the process has ended already it has unmounted everything itself.
void Container::holdMounts() {
  mounts_.reset(open(cat("/proc/", state_.pid, "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
}

/// Before anybody learns of the process, so that a keeper that dies at any time after that leaves
/// everything to the next one; and while the process is on its way, when nobody waits for us.
void Container::holdDescriptors() {
  Holder& holder = around_.sandbox.holder();
  holder.hold(row_, Holder::Place::process, launch_->pidfd());
  holder.hold(row_, Holder::Place::input, stdio_.inputFd());
  holder.hold(row_, Holder::Place::output, stdio_.outputFd(Attachment::Frame::stdout_));
  holder.hold(row_, Holder::Place::error, stdio_.outputFd(Attachment::Frame::stderr_));
}

void Container::writeConfig() {
  writeContainerConfig(around_.layout, around_.sandbox.config().id, config_, row_);
}

void Container::undoLaunch() {
  launchWatch_.reset();
  launch_.reset();
  overlayLock_.reset();
  stdio_.close();
}

void Container::onFailed(const Error& cause) {
  const Error error = joinFailure(around_.layout, config_.joined, cause);
  undoLaunch();
  around_.launched();
  state_.error = error.what();
  if (started_) {
    const Done done = std::exchange(started_, nullptr);
    end();
    done(&error);
    return;
  }
  note(cat("restarting container ", config_.name, ": ", std::string_view(error.what())));
  state_.exitCode = error.kind() == ErrorKind::no_command ? 127 : 126;
  state_.startedAt = state_.finishedAt = now().time_since_epoch().count();
  settle();
}

void Container::beginStreams() {
  stdio_.begin(
      [this] {
        if (phase_ == Phase::draining) {
          settle();
        }
      },
      [this] { around_.sandbox.holder().drop(row_, Holder::Place::input); });
}

void Container::retrieveStreams() {
  if (row_ == 0) {
    return;  // more containers than the pause process has slots for
  }
  const int pause = around_.sandbox.pausePidfd();
  const auto retrieve = [&](Holder::Place place) { return Holder::retrieve(pause, row_, place); };
  if (UniqueFd console = retrieve(Holder::Place::console)) {
    stdio_.useConsole(std::move(console));
    return;
  }
  UniqueFd input = retrieve(Holder::Place::input);
  UniqueFd output = retrieve(Holder::Place::output);
  stdio_.usePipes(std::move(input), std::move(output), retrieve(Holder::Place::error));
}

/// The pause process's copy, which knows how the process ended; where it got none, a new one.
UniqueFd Container::openProcess() const {
  UniqueFd held =
      row_ == 0 ? UniqueFd()
                : Holder::retrieve(around_.sandbox.pausePidfd(), row_, Holder::Place::process);
  if (!held && startTimeOf(state_.pid) == state_.startTime) {
    attempt("opening a container's process", [&] { held = openPidfd(state_.pid); });
  }
  return held;
}

void Container::takeOver(unsigned row) {
  adopted_ = true;
  state_ = readStateFile(around_.layout, config_.id).value_or(ContainerState{});
  row_ = row;
  if (!config_.cgroup.empty()) {
    cgroup_ = around_.cgroups.open(config_.cgroup);
  }
  if (config_.network) {
    network_.emplace(NetworkSpace::takeOver(config_.network->interface, config_.network->ports));
  }
  if (state_.pid == 0) {
    // It was being started, or waited to be started again.
    if (cgroup_) {
      attempt("killing a container's cgroup", [this] { cgroup_->kill(); });
    }
    state_.status == "exited" ? wait(std::chrono::milliseconds(0)) : end();
    return;
  }
  around_.sandbox.holder().useRow(row);
  attempt("opening a container's log",
          [this] { stdio_.openLog(config_.logPath, config_.logMaxSize); });
  attempt("taking back a container's streams", [this] { retrieveStreams(); });
  ownPidNamespace_ = !config_.sandboxNamespaces.contains(NamespaceKind::pid) &&
                     hasOwnPidNamespace(readSpec(config_.bundle));
  paused_ = state_.status == "paused";
  phase_ = Phase::running;
  // What was counted before stays in the state only until the next event.
  watchBudget();
  pidfd_ = openProcess();
  if (!pidfd_) {
    afterExit(std::nullopt);
    return;
  }
  attempt("keeping a container's file system", [this] {
    openOverlayLock();
    if (overlayLock_) {
      flock(overlayLock_.get(), LOCK_EX | LOCK_NB);
    }
    holdMounts();
  });
  watchProcess();
  beginStreams();
}

}  // namespace keeper
