#include "keeper/sandbox.h"

#include <sys/socket.h>

#include <array>
#include <csignal>

#include "base/rollback.h"
#include "base/time.h"
#include "base/timed_phase.h"
#include "keeper/command.h"
#include "keeper/diary.h"
#include "keeper/events.h"
#include "keeper/joined.h"
#include "keeper/place.h"
#include "keeper/shared_levels.h"
#include "kernel/namespace.h"
#include "kernel/pidfd.h"

namespace keeper {

Sandbox::Sandbox(Loop& loop, const Layout& layout, const CgroupLayout& cgroups,
                 SandboxConfig config)
    : loop_(loop), layout_(layout), cgroups_(cgroups), config_(std::move(config)) {}

void Sandbox::start(std::function<void()> pauseEnded) {
  pauseEnded_ = std::move(pauseEnded);
  Rollback undo;
  record_ = {};
  TimedPhase phase("cgroup of the pod");
  if (!config_.cgroup.empty()) {
    cgroup_ = cgroups_.open(config_.cgroup);
    undo.add([this] { cgroup_.reset(); });
    if (!config_.sharedLevels.empty() && !cgroup_->processes().empty()) {
      throw Error(ErrorKind::in_use,
                  cat("cgroup ", config_.cgroup, " is in use by other processes"));
    }
    undo.add([this] { removeCgroup(cgroups_, config_); });
    cgroup_->create(config_.limits);
    weighScope(cgroups_, config_.cgroup, config_.limits);
    weighSharedLevels(cgroups_, config_);
  }
  phase.next("clone pause");
  undo.add([this] { pauseCgroup_.reset(); });
  undo.add([this] { pauseLaunch_.reset(); });
  try {
    if (config_.pod) {
      launchPause();
    }
    // Meanwhile pause takes leave of the host.
    phase.next("network");
    if (config_.newNamespaces.contains(NamespaceKind::net)) {
      undo.add([this] { network_.reset(); });
      startNetwork();
    }
    phase.next("wait for pause");
    if (config_.pod) {
      pausePidfd_ = awaitPause();
      undo.add([this] {
        signalProcess(pausePidfd_.get(), SIGKILL);
        waitForExit(pausePidfd_.get());
        pausePidfd_.reset();
      });
    }
  } catch (const Error& error) {
    throw Error(joinFailure(layout_, config_.joined, error));
  }
  if (config_.pod && network_) {
    network_->letGo();
  }
  phase.next("state of the pod");
  record_.state.status = "running";
  record_.state.startedAt = now().time_since_epoch().count();
  writeState();
  undo.commit();
  started_ = true;
  recordEvent("start");
  watchMemory();
  watchPause();
}

void Sandbox::recordEvent(const char* status) const {
  if (config_.pod) {
    record(layout_, podEvent(status, config_.id, config_.name));
  }
}

void Sandbox::startNetwork() {
  network_.emplace(pauseLaunch_ ? pauseLaunch_->networkNamespace() : network::createNamespace(),
                   config_.interface, config_.ports);
  record_.state.ports = network_->ports();
  if (network_->takeMadeRules()) {
    reloadOtherNetworks(layout_);
  }
}

void Sandbox::watchMemory() {
  if (cgroup_) {
    attempt("watching a pod's memory", [this] { oom_ = cgroup_->watchOom(); });
  }
}

void Sandbox::update(const CgroupLimits& limits) {
  if (cgroup_) {
    cgroup_->apply(limits);
    weighScope(cgroups_, config_.cgroup, limits);
    weighSharedLevels(cgroups_, config_);
  } else if (started_) {
    throw Error(ErrorKind::unsupported, cat("updating ", config_.name, ": it has no cgroup"));
  }
  merge(config_.limits, limits);
}

void Sandbox::launchPause() {
  runtime::PauseOptions options;
  for (const NamespaceKind kind : config_.newNamespaces) {
    options.namespaces.push_back({kind, {}});
  }
  for (const auto& [kind, path] : config_.namespacePaths) {
    options.namespaces.push_back({kind, Namespace::open(kind, path).release()});
  }
  for (const auto& [kind, owner] : config_.joined) {
    options.namespaces.push_back(
        {kind, Namespace::open(kind, joinedNamespace(layout_, kind, owner)).release()});
  }
  options.hostname = config_.hostname;
  options.sysctls = config_.sysctls;
  if (config_.newNamespaces.contains(NamespaceKind::ipc)) {
    options.shmSize = config_.shmSize;
  }
  // cgroup v2 allows no process in a node whose children have controllers (cgroups(7)).
  if (cgroup_ && cgroups_.version() == CgroupLayout::Version::v2) {
    pauseCgroup_ = cgroups_.open(cat(config_.cgroup, "/pause"));
    pauseCgroup_->create({});
  }
  options.cgroup = pauseCgroup();
  std::array<int, 2> control{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control.data()) != 0) {
    throw systemError("making a socket pair for the pause process");
  }
  UniqueFd ours(control[0]);
  options.control.reset(control[1]);
  within("starting the pause process", [&] { pauseLaunch_.emplace(std::move(options)); });
  holder_ = Holder(std::move(ours));
}

UniqueFd Sandbox::awaitPause() {
  runtime::Started started =
      within("starting the pause process", [&] { return pauseLaunch_->finish(); });
  record_.state.pause = started.pid;
  record_.pauseStartTime = startTimeOf(started.pid).value_or(0);
  return std::move(started.pidfd);
}

void Sandbox::takeOver(const SandboxRecord& record, std::function<void()> pauseEnded) {
  pauseEnded_ = std::move(pauseEnded);
  record_ = record;
  pausePidfd_ = openPidfd(record_.state.pause);
  holder_ = Holder::takeOver(pausePidfd_.get());
  if (!config_.cgroup.empty()) {
    cgroup_ = cgroups_.open(config_.cgroup);
  }
  if (config_.newNamespaces.contains(NamespaceKind::net)) {
    network_.emplace(NetworkSpace::takeOver(config_.interface, record_.state.ports));
  }
  started_ = true;
  watchMemory();
  watchPause();
}

void Sandbox::watchPause() {
  if (pausePidfd_) {
    pauseWatch_ = loop_.watch(pausePidfd_.get(), EPOLLIN, [this](std::uint32_t) { onPauseEnd(); });
  }
}

void Sandbox::onPauseEnd() {
  pauseWatch_.reset();
  // A process that was taken over is no child of ours: somebody else reaps it.
  attempt("reaping the pause process", [this] {
    try {
      reapIfEnded(pausePidfd_.get());
    } catch (const Error& error) {
      if (error.code() != ECHILD) {
        throw;
      }
    }
  });
  pausePidfd_.reset();
  record_.state.pause = 0;
  pauseEnded_();
}

std::string Sandbox::namespacePath(NamespaceKind kind) const {
  if (config_.pod) {
    return cat("/proc/", pausePid(), "/ns/", traits(kind).name);
  }
  if (kind == NamespaceKind::net && network_) {
    return cat("/proc/", getpid(), "/fd/", network_->fd());
  }
  const auto path = config_.namespacePaths.find(kind);
  if (path == config_.namespacePaths.end()) {
    throw Error(ErrorKind::internal,
                cat("sandbox ", config_.id, " has no ", traits(kind).name, " namespace"));
  }
  return path->second;
}

std::vector<network::PublishedPort> Sandbox::publish(
    const std::vector<network::PublishedPort>& ports) {
  if (!network_) {
    throw Error(ErrorKind::invalid,
                cat("publishing ports: ", config_.name, " has no network namespace of its own"));
  }
  auto chosen = network_->publish(ports);
  if (network_->takeMadeRules()) {
    reloadOtherNetworks(layout_);
  }
  record_.state.ports = network_->ports();
  writeState();
  return chosen;
}

void Sandbox::unpublish(const std::vector<network::PublishedPort>& ports) {
  if (network_) {
    network_->unpublish(ports);
    record_.state.ports = network_->ports();
    writeState();
  }
}

void Sandbox::reloadNetwork() {
  if (network_) {
    network_->reload();
  }
}

void Sandbox::setPaused(bool paused) {
  const std::string status = paused ? "paused" : "running";
  if (started_ && record_.state.status != status) {
    record_.state.status = status;
    writeState();
  }
}

void Sandbox::writeState() {
  writeSandboxState(layout_, config_.id, record_);
}

void Sandbox::kill() {
  if (cgroup_) {
    attempt("killing a cgroup", [this] { cgroup_->kill(); });
  }
  endPause();
}

void Sandbox::holdNetwork() {
  if (pausePidfd_ && config_.newNamespaces.contains(NamespaceKind::net)) {
    attempt("holding a pod's network namespace", [this] {
      heldNetwork_ =
          Namespace::open(NamespaceKind::net, namespacePath(NamespaceKind::net)).release();
    });
  }
}

bool Sandbox::endPause() {
  return pausePidfd_ && signalProcess(pausePidfd_.get(), SIGKILL);
}

void Sandbox::takeDown() {
  if (!started_ && !cgroup_ && leftCgroups_.empty()) {
    return;
  }
  const TimedPhase phase("take down network, cgroup");
  takeDownButCgroup();
  for (const auto& cgroup : std::exchange(leftCgroups_, {})) {
    attempt("removing a container's cgroup", [&] { cgroup->remove(); });
  }
  if (cgroup_) {
    removeCgroup(cgroups_, config_);
  }
  pauseCgroup_.reset();
  cgroup_.reset();
}

void Sandbox::takeDownButCgroup() {
  if (!started_) {
    return;
  }
  started_ = false;
  pauseWatch_.reset();
  pausePidfd_.reset();
  pauseLaunch_.reset();
  holder_ = Holder();
  network_.reset();
  oom_ = {};
  record_ = {};
  unlink(sandboxStatePath(layout_, config_.id).c_str());
  recordEvent("stop");
}

}  // namespace keeper
