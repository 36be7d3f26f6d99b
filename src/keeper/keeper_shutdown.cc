#include <algorithm>

#include "base/json.h"
#include "keeper/diary.h"
#include "keeper/keeper.h"

/// The end of a sandbox: containers in reverse order of their start, the pause process last.
namespace keeper {

/// The containers' directories are not worth a file any more: what is kept of them until the client
/// has removed them, or another does that where it could not, stays with the live states.
void Keeper::noteRemoval(const SessionPtr& session, const Json& request) {
  readMember(request, "removes", session->removes);
  readMember(request, "many", session->removesMany);
  around_.removing = around_.removing || session->removes;
  if (session->removesMany && !std::exchange(around_.cgroupsLater, true)) {
    sandbox_.holdNetwork();
  }
}

/// Who was to remove the pod is gone: what it has not removed remembers how it ended, after a
/// reboot too.
void Keeper::keepExits() {
  around_.removing = std::any_of(sessions_.begin(), sessions_.end(),
                                 [](const SessionPtr& session) { return session->removes; });
  if (around_.removing) {
    return;
  }
  for (const std::string& container : std::exchange(around_.endedMeanwhile, {})) {
    attempt("writing a container's last state", [&] { keepExit(layout_, container); });
  }
}

void Keeper::stopSandbox(const SessionPtr& session, const Json& request) {
  std::optional<unsigned> seconds;
  noteRemoval(session, request);
  readMember(request, "seconds", seconds);
  beginShutdown(seconds, session);
}

void Keeper::stopUnusedSandbox(const SessionPtr& session, const Json&) {
  // A client that is connected may be about to start a container.
  if (!active().empty() || sessions_.size() > 1) {
    throw Error(ErrorKind::in_use, cat(sandbox_.config().name, " is in use"));
  }
  beginShutdown(std::nullopt, session);
}

void Keeper::killSandbox(const SessionPtr& session, const Json& request) {
  noteRemoval(session, request);
  const bool first = !shutdown_;
  if (first) {
    shutdown_.emplace();
  }
  shutdown_->askers.push_back(session);
  killAll();
  if (first || rests_) {
    continueShutdown();
  }
}

void Keeper::beginShutdown(std::optional<unsigned> seconds, const SessionPtr& asker) {
  const bool first = !shutdown_;
  if (first) {
    shutdown_.emplace();
    shutdown_->seconds = seconds;
  }
  if (asker) {
    shutdown_->askers.push_back(asker);
  }
  if (first || rests_) {
    continueShutdown();
  }
}

void Keeper::killAll() {
  for (Container* container : active()) {
    container->killNow();
  }
  sandbox_.kill();
}

/// One step; the end of what it waits for calls it again.
void Keeper::continueShutdown() {
  const auto left = active();
  if (!left.empty()) {
    left.back()->stop(shutdown_->seconds, [this] { loop_.soon([this] { continueShutdown(); }); });
    return;
  }
  if (!sandbox_.endPause()) {
    endShutdown();
  }
}

void Keeper::onPauseEnd() {
  if (!shutdown_) {
    note("the pause process ended unexpectedly: ending the pod");
    shutdown_.emplace();
    killAll();
    continueShutdown();
    return;
  }
  if (active().empty()) {
    endShutdown();
  }
}

void Keeper::endShutdown() {
  if (ending_ || (rests_ && shutdown_->askers.empty())) {
    return;
  }
  rests_ = leavesCgroups();
  if (rests_) {
    sandbox_.takeDownButCgroup();
    loop_.soon([this] { lateClose_.closeHere(); });  // after the answer
  } else {
    leave();
  }
  for (const auto& asker : std::exchange(shutdown_->askers, {})) {
    if (const auto session = asker.lock()) {
      session->answer();
    }
  }
}

/// The end of a memory cgroup takes the kernel as long as there are file systems on the machine
/// (memcg_reparent_list_lrus). So where many sandboxes end, their file systems go first, all of
/// them. That is not waited for, since it may wait for a disk; but the next request is read after
/// it.
bool Keeper::leavesCgroups() const {
  return !shutdown_->askers.empty() &&
         std::all_of(shutdown_->askers.begin(), shutdown_->askers.end(), [](const auto& asker) {
           const auto session = asker.lock();
           return session && session->alive() && session->removesMany;
         });
}

/// The other half of an end among many. Where it is not asked for, it comes when the client hangs
/// up.
void Keeper::finishSandbox(const SessionPtr& session, const Json&) {
  if (rests_) {
    leave();
  }
  session->answer();
}

}  // namespace keeper
