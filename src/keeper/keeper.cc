#include "keeper/keeper.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "base/json.h"
#include "keeper/command.h"
#include "keeper/diary.h"
#include "keeper/place.h"
#include "keeper/protocol.h"
#include "keeper/remains.h"
#include "kernel/cgroup/self.h"
#include "kernel/signal.h"

namespace keeper {

using namespace std::chrono_literals;

namespace {

/// A keeper that is ended for want of memory would take the pod's supervision with it. Returns the
/// value that its children must have.
std::optional<int> protectFromOom() {
  const Path knob = "/proc/self/oom_score_adj";
  const auto before = parseNumber<int>(trim(readFile(knob)));
  for (const int value : {-900, 0}) {  // below 0 needs CAP_SYS_RESOURCE
    if (!before || *before <= value) {
      return std::nullopt;
    }
    try {
      writeKnob(knob, std::to_string(value));
      return before;
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a keeper without it is as good
    }
  }
  return std::nullopt;
}

/// A pod of many containers and ports needs more descriptors than the usual soft limit allows.
std::uint64_t raiseOpenFiles() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return before;
}

}  // namespace

Keeper::Keeper(Layout layout, const std::string& id, Given given)
    : layout_(std::move(layout)),
      id_(id),
      program_(std::move(given.program)),
      listener_(std::move(given.listener)),
      lock_(std::move(given.lock)),
      cgroups_(CgroupLayout::detect()),
      sandbox_(loop_, layout_, cgroups_, readSandboxConfig(layout_, id)),
      around_{loop_,
              layout_,
              cgroups_,
              sandbox_,
              lateClose_,
              protectFromOom(),
              raiseOpenFiles(),
              [this] {
                loop_.soon([this] {
                  runPostponed();
                  tidyUp();
                });
              }} {
  lock_.unlock(KeeperLock::Part::starting);  // in case who started us died before it did
  takePlace();
  blockSignals({SIGTERM, SIGINT, SIGHUP, SIGPIPE});
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGTERM);
  signals_.reset(signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK));
  fcntl(listener_.get(), F_SETFL, O_NONBLOCK);
  signalWatch_ = loop_.watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { onSignal(); });
  listenerWatch_ = loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { acceptAll(); });
}

/// A systemd scope is made before this program starts (scope/scope_main.cc).
void Keeper::takePlace() {
  if (const char* failure = getenv(scopeFailure)) {
    scopeFailure_ = failure;
    unsetenv(scopeFailure);
    note(cat("getting a systemd scope: ", scopeFailure_));
  } else if (const std::string& place = sandbox_.config().keeperCgroup; !place.empty()) {
    attempt("leaving the cgroups of who started the keeper",
            [&] { leaveOwnCgroups(cgroups_, place); });
  }
}

void Keeper::run() {
  if (canBeTakenOver(layout_, id_)) {
    try {
      takeOver();
    } catch (const Error&) {
      // Better no pod than one that nothing can stop. Who asks next finds it stopped.
      clearRemains(layout_, id_);
      throw;
    }
  }
  acceptAll();
  loop_.run([this] { endIfIdle(); });
}

void Keeper::takeOver() {
  note(cat("taking over ", sandbox_.config().name, " from a keeper that died"));
  everStarted_ = true;
  sandbox_.takeOver(readSandboxRecord(layout_, id_).value(), [this] { onPauseEnd(); });
  auto left = leftContainers(layout_, id_);
  const auto startedAt = [this](const LeftContainer& one) {
    return readStateFile(layout_, one.config.id).value_or(ContainerState{}).startedAt;
  };
  std::sort(left.begin(), left.end(), [&](const LeftContainer& one, const LeftContainer& other) {
    return startedAt(one) < startedAt(other);
  });
  for (LeftContainer& one : left) {
    members_.push_back({std::make_unique<Container>(around_, std::move(one.config),
                                                    [this](Container& c) { onEnded(c); }),
                        {},
                        false,
                        true});
    Container& container = *members_.back().container;
    attempt("taking over a container", [&] { container.takeOver(one.row); });
  }
}

void Keeper::acceptAll() {
  while (true) {
    UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        note(systemError("accepting a client").what());
        listenerWatch_.expect(0);
        acceptTimer_ = loop_.after(100ms, [this] { listenerWatch_.expect(EPOLLIN); });
      }
      return;
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        (peer.uid != 0 && peer.uid != geteuid())) {
      continue;
    }
    auto session = std::make_shared<Session>(loop_, std::move(fd), *this);
    sessions_.insert(session);
    session->open();
  }
}

void Keeper::onSignal() {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) > 0) {
    note("asked to end by SIGTERM");
    beginShutdown(std::nullopt, nullptr);
  }
}

void Keeper::closed(const SessionPtr& session) {
  const auto removal = removals_.find(session.get());
  if (removal != removals_.end()) {
    removeLater(removal->second);
    removals_.erase(removal);
  }
  sessions_.erase(session);
  if (session->removes) {
    keepExits();
  }
}

Container* Keeper::find(const std::string& id) {
  for (const Member& member : members_) {
    if (member.container->config().id == id && !member.container->over()) {
      return member.container.get();
    }
  }
  return nullptr;
}

std::vector<Container*> Keeper::active() {
  std::vector<Container*> out;
  for (const Member& member : members_) {
    if (!member.container->over()) {
      out.push_back(member.container.get());
    }
  }
  return out;
}

Keeper::Member& Keeper::memberOf(const Container& container) {
  return *std::find_if(members_.begin(), members_.end(),
                       [&](const Member& member) { return member.container.get() == &container; });
}

/// Who started it in the foreground removes it; where that client died, or never came to stay, we
/// do.
void Keeper::onEnded(Container& container) {
  if (!sandbox_.config().pod) {
    sandbox_.takeDown();
  }
  if (container.config().remove) {
    const Member& member = memberOf(container);
    const auto starter = member.starter.lock();
    if (starter && starter->alive() && (member.attached || !member.running)) {
      removals_[starter.get()] = container.config().id;
    } else {
      removeLater(container.config().id);
    }
  }
  loop_.soon([this] { dropEnded(); });
}

void Keeper::dropEnded() {
  std::erase_if(members_, [](const Member& member) { return member.container->over(); });
  runPostponed();
  malloc_trim(0);
  if (members_.empty() && sandbox_.config().stopWithLast && sandbox_.started() && !shutdown_) {
    beginShutdown(std::nullopt, nullptr);
  }
}

/// Nobody waits now, and a keeper that is killed shall be gone at once.
void Keeper::tidyUp() {
  program_.reset();
  sandbox_.closePauseProgram();
  malloc_trim(0);
}

void Keeper::removeLater(const std::string& container) {
  if (sandbox_.config().pod && !ending_) {
    runRemoval(container);
  } else {
    removeAtEnd_.push_back(container);
  }
}

void Keeper::runRemoval(const std::string& container) {
  if (access(layout_.container(container).c_str(), F_OK) != 0) {
    return;  // its client has removed it
  }
  attempt("removing a container that has ended", [&] { runCommand(layout_, {"rm", container}); });
}

/// Somebody still needs this process.
bool Keeper::wanted() const {
  const bool waitedFor =
      std::any_of(sessions_.begin(), sessions_.end(), [this](const SessionPtr& session) {
        // The first client has connected before it asks.
        return session->pending() || session->announced || session->removes || !everStarted_;
      });
  return waitedFor || !members_.empty() || !removals_.empty() ||
         (sandbox_.config().pod && sandbox_.started());
}

/// Nothing of the sandbox is left and nobody finds this keeper any more. It may stay for clients
/// that it has, while the next keeper of the sandbox is at work.
void Keeper::leave() {
  if (std::exchange(ending_, true)) {
    return;
  }
  sandbox_.takeDown();
  removeKeeperSocket(layout_.sandbox(id_));
  unlink(sandboxConfigPath(layout_, id_).c_str());
  listenerWatch_.reset();
  acceptTimer_.reset();
  listener_.reset();  // hangs up on who has connected but was not accepted: they try again
  lock_.unlock(KeeperLock::Part::alive);
}

void Keeper::endIfIdle() {
  if (wanted()) {
    if (!shutdown_) {
      lateClose_.flush();
    }
    return;
  }
  leave();
  for (const std::string& container : removeAtEnd_) {
    runRemoval(container);
  }
  loop_.stop();
}

}  // namespace keeper
