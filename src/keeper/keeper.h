#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/timed_phase.h"
#include "keeper/container.h"
#include "keeper/session.h"
#include "keeper/state.h"

namespace keeper {

/// The supervisor of one sandbox: takes requests one after the other, and ends when there is
/// nothing left to supervise and nobody who waits.
class Keeper : public RequestHandler {
 public:
  /// What a keeper is handed by who started it.
  struct Given {
    UniqueFd listener;
    UniqueFd lock;     ///< KeeperLock::Part::alive is held
    UniqueFd program;  ///< the mount that it runs from
  };
  Keeper(Layout layout, const std::string& id, Given given);
  void run();

  void request(const std::shared_ptr<Session>& session, const Json& request) override;
  void closed(const std::shared_ptr<Session>& session) override;

 private:
  using SessionPtr = std::shared_ptr<Session>;
  using Verb = void (Keeper::*)(const SessionPtr&, const Json&);
  static const std::map<std::string, Verb, std::less<>> verbs;

  /// A stop of the whole sandbox that is under way.
  struct Shutdown {
    std::optional<unsigned> seconds;
    std::vector<std::weak_ptr<Session>> askers;
  };
  struct Member {
    std::unique_ptr<Container> container;
    std::weak_ptr<Session> starter;
    bool attached = false;  ///< the starter came to stay
    bool running = false;   ///< the starter knows that it has started
  };

  void startSandbox(const SessionPtr& session, const Json& request);
  void start(const SessionPtr& session, const Json& request);
  void attach(const SessionPtr& session, const Json& request);
  void stop(const SessionPtr& session, const Json& request);
  void kill(const SessionPtr& session, const Json& request);
  void pause(const SessionPtr& session, const Json& request);
  void unpause(const SessionPtr& session, const Json& request);
  void update(const SessionPtr& session, const Json& request);
  void updateSandbox(const SessionPtr& session, const Json& request);
  void wait(const SessionPtr& session, const Json& request);
  void forget(const SessionPtr& session, const Json& request);
  void stopSandbox(const SessionPtr& session, const Json& request);
  void stopUnusedSandbox(const SessionPtr& session, const Json& request);
  void finishSandbox(const SessionPtr& session, const Json& request);
  void killSandbox(const SessionPtr& session, const Json& request);
  void signalSandbox(const SessionPtr& session, const Json& request);
  void pauseSandbox(const SessionPtr& session, const Json& request);
  void unpauseSandbox(const SessionPtr& session, const Json& request);
  void publish(const SessionPtr& session, const Json& request);
  void reloadNetwork(const SessionPtr& session, const Json& request);
  void unpublish(const SessionPtr& session, const Json& request);

  void takePlace();
  void acceptAll();
  void takeOver();
  void onSignal();
  void ensureSandbox();
  void requireSandbox(const char* operation) const;
  Container* find(const std::string& id);
  Container& running(const Json& request, const char* operation);
  std::vector<Container*> active();
  void onStarted(const SessionPtr& session, Container& container, const Json& request,
                 const Error* error);
  void onEnded(Container& container);
  Member& memberOf(const Container& container);
  void dropEnded();
  void tidyUp();
  bool postpone(const SessionPtr& session, const Json& request);
  void runPostponed();
  void removeLater(const std::string& container);
  void runRemoval(const std::string& container);
  void noteRemoval(const SessionPtr& session, const Json& request);
  void keepExits();
  void beginShutdown(std::optional<unsigned> seconds, const SessionPtr& asker);
  void killAll();
  void continueShutdown();
  void onPauseEnd();
  void endShutdown();
  bool leavesCgroups() const;
  void endIfIdle();
  void leave();
  bool wanted() const;

  std::int64_t begun_ = TimedPhase::clock();  ///< 0 after the first request
  Layout layout_;
  std::string id_;
  Loop loop_;
  UniqueFd program_;
  UniqueFd listener_;
  KeeperLock lock_;
  UniqueFd signals_;
  Loop::Watch listenerWatch_, signalWatch_;
  Loop::Timer acceptTimer_;
  CgroupLayout cgroups_;
  Sandbox sandbox_;
  LateClose lateClose_;
  Surroundings around_;
  std::set<SessionPtr> sessions_;
  std::vector<Member> members_;  ///< in the order of their start
  /// Containers that the client of a session is about to remove, and the keeper if the client dies.
  std::map<const Session*, std::string> removals_;
  std::vector<std::string> removeAtEnd_;
  std::string scopeFailure_;  ///< why there is no systemd scope; empty: there is, or none is wanted
  /// Requests that wait until no container is on its way to its first instruction.
  std::vector<std::pair<SessionPtr, Json>> postponed_;
  std::optional<Shutdown> shutdown_;
  bool everStarted_ = false, ending_ = false;
  bool rests_ = false;  ///< shut down, but for the cgroups
};

}  // namespace keeper
