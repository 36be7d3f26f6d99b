#include <algorithm>

#include "base/json.h"
#include "base/rollback.h"
#include "keeper/diary.h"
#include "keeper/keeper.h"

/// What clients ask for: one function per verb of the protocol.
namespace keeper {
namespace {

std::string containerOf(const Json& request) {
  std::string id;
  readMember(request, "container", id);
  if (id.empty()) {
    throw Error(ErrorKind::invalid, "a request to a keeper names no container");
  }
  return id;
}

std::optional<unsigned> secondsOf(const Json& request) {
  std::optional<unsigned> seconds;
  readMember(request, "seconds", seconds);
  return seconds;
}

int signalOf(const Json& request) {
  int signal = 0;
  readMember(request, "signal", signal);
  return signal;
}

bool flag(const Json& request, const char* key) {
  bool value = false;
  readMember(request, key, value);
  return value;
}

/// An id becomes part of file names.
void requireId(const std::string& id) {
  if (id.empty() || id.find('/') != std::string::npos || id.front() == '.') {
    throw Error(ErrorKind::invalid, cat("\"", id, "\" is no id"));
  }
}

}  // namespace

const std::map<std::string, Keeper::Verb, std::less<>> Keeper::verbs{
    {"startSandbox", &Keeper::startSandbox},
    {"start", &Keeper::start},
    {"attach", &Keeper::attach},
    {"stop", &Keeper::stop},
    {"kill", &Keeper::kill},
    {"pause", &Keeper::pause},
    {"unpause", &Keeper::unpause},
    {"update", &Keeper::update},
    {"updateSandbox", &Keeper::updateSandbox},
    {"wait", &Keeper::wait},
    {"forget", &Keeper::forget},
    {"stopSandbox", &Keeper::stopSandbox},
    {"stopUnusedSandbox", &Keeper::stopUnusedSandbox},
    {"finishSandbox", &Keeper::finishSandbox},
    {"killSandbox", &Keeper::killSandbox},
    {"signalSandbox", &Keeper::signalSandbox},
    {"pauseSandbox", &Keeper::pauseSandbox},
    {"unpauseSandbox", &Keeper::unpauseSandbox},
    {"publish", &Keeper::publish},
    {"reloadNetwork", &Keeper::reloadNetwork},
    {"unpublish", &Keeper::unpublish},
};

void Keeper::request(const SessionPtr& session, const Json& request) {
  std::string name;
  readMember(request, "verb", name);
  const auto verb = verbs.find(name);
  if (verb == verbs.end()) {
    throw Error(ErrorKind::invalid, cat("a keeper knows no request \"", name, "\""));
  }
  const std::int64_t begun = std::exchange(begun_, 0);
  if (begun != 0) {
    TimedPhase::add({"keeper", "start of the keeper", begun, TimedPhase::clock()});
  }
  (this->*verb->second)(session, request);
}

void Keeper::requireSandbox(const char* operation) const {
  if (shutdown_ || ending_) {
    throw Error(ErrorKind::in_use, cat(std::string_view(operation), ": ", sandbox_.config().name,
                                       " is being stopped"));
  }
  if (!sandbox_.started()) {
    throw Error(ErrorKind::in_use,
                cat(std::string_view(operation), ": ", sandbox_.config().name, " does not run"));
  }
}

Container& Keeper::running(const Json& request, const char* operation) {
  const std::string id = containerOf(request);
  Container* container = find(id);
  if (container == nullptr) {
    throw Error(ErrorKind::in_use,
                cat(std::string_view(operation), " container ", id, ": it does not run"));
  }
  return *container;
}

void Keeper::ensureSandbox() {
  if (!sandbox_.started()) {
    if (!scopeFailure_.empty()) {
      throw Error(ErrorKind::system, scopeFailure_);
    }
    sandbox_.start([this] { onPauseEnd(); });
    everStarted_ = true;
  }
}

void Keeper::startSandbox(const SessionPtr& session, const Json&) {
  if (shutdown_ || ending_) {
    session->close();  // the client turns to the next keeper
    return;
  }
  ensureSandbox();
  session->announced = !sandbox_.config().pod;
  session->answer(sandbox_.state());
}

void Keeper::start(const SessionPtr& session, const Json& request) {
  ContainerConfig config;
  readMember(request, "config", config);
  requireId(config.id);
  session->announced = false;
  if (!shutdown_ && !ending_ && !sandbox_.config().pod) {
    ensureSandbox();
  }
  requireSandbox("starting a container");
  if (find(config.id) != nullptr) {
    throw Error(ErrorKind::in_use, cat("container ", config.name, " runs already"));
  }
  members_.push_back({std::make_unique<Container>(around_, std::move(config),
                                                  [this](Container& c) { onEnded(c); }),
                      session, flag(request, "attach"), false});
  Container& container = *members_.back().container;
  container.start([this, session, &container, request](const Error* error) {
    onStarted(session, container, request, error);
  });
}

void Keeper::onStarted(const SessionPtr& session, Container& container, const Json& request,
                       const Error* error) {
  if (error != nullptr) {
    session->fail(*error);
    return;
  }
  memberOf(container).running = true;
  session->answer(container.state());
  if (session->alive() && flag(request, "attach")) {
    const bool input = flag(request, "input");
    session->attach(container.stdio(), true);
    container.stdio().attach(session, input, input);
  }
}

void Keeper::attach(const SessionPtr& session, const Json& request) {
  Container& container = running(request, "attaching to");
  session->answer();
  session->attach(container.stdio(), false);
  container.stdio().attach(session, flag(request, "input"), false);
}

void Keeper::stop(const SessionPtr& session, const Json& request) {
  Container* container = find(containerOf(request));
  if (container == nullptr) {
    session->answer();
    return;
  }
  if (flag(request, "keep")) {
    container->keep();
  }
  container->stop(secondsOf(request), [session] { session->answer(); });
}

void Keeper::kill(const SessionPtr& session, const Json& request) {
  running(request, "signalling").kill(signalOf(request));
  session->answer();
}

void Keeper::pause(const SessionPtr& session, const Json& request) {
  running(request, "pausing").freeze();
  session->answer();
}

void Keeper::unpause(const SessionPtr& session, const Json& request) {
  running(request, "unpausing").thaw();
  sandbox_.setPaused(false);
  session->answer();
}

/// A process that is just moving itself into its cgroup would miss a hierarchy that the change adds
/// to it, and so be outside the limit.
bool Keeper::postpone(const SessionPtr& session, const Json& request) {
  const bool busy = std::any_of(members_.begin(), members_.end(),
                                [](const Member& member) { return member.container->starting(); });
  if (busy) {
    postponed_.emplace_back(session, request);
  }
  return busy;
}

void Keeper::runPostponed() {
  for (const auto& [session, asked] : std::exchange(postponed_, {})) {
    try {
      request(session, asked);
    } catch (const Error& error) {
      session->fail(error);
    }
  }
}

void Keeper::update(const SessionPtr& session, const Json& request) {
  if (postpone(session, request)) {
    return;
  }
  // One that is waiting for its restart has its cgroup, too. Where it is not here, it has the new
  // limits when it starts: who starts it looks again whether they have changed meanwhile.
  if (Container* container = find(containerOf(request))) {
    container->update(limitsFromJson(request.value("limits", Json::object())));
  }
  session->answer();
}

void Keeper::updateSandbox(const SessionPtr& session, const Json& request) {
  if (postpone(session, request)) {
    return;
  }
  if (shutdown_ || ending_) {
    session->answer();
    return;
  }
  const CgroupLimits limits = limitsFromJson(request.value("limits", Json::object()));
  sandbox_.update(limits);
  if (limits.cpuQuota || limits.cpuPeriod) {
    for (Container* container : active()) {
      container->renewCpuLimit();
    }
  }
  session->answer();
}

void Keeper::wait(const SessionPtr& session, const Json& request) {
  const std::string id = containerOf(request);
  Container* container = find(id);
  if (container == nullptr) {
    requireId(id);
    session->answer(readStateFile(layout_, id).value_or(ContainerState{}));
    return;
  }
  container->whenOver([session, container] { session->answer(container->state()); });
}

void Keeper::forget(const SessionPtr& session, const Json& request) {
  const std::string id = containerOf(request);
  if (find(id) != nullptr) {
    throw Error(ErrorKind::in_use,
                cat("container ", id, " runs, or is about to be restarted: stop it first"));
  }
  std::erase_if(removals_, [&](const auto& one) { return one.second == id; });
  std::erase(removeAtEnd_, id);
  session->answer();
}

void Keeper::signalSandbox(const SessionPtr& session, const Json& request) {
  requireSandbox("signalling");
  for (Container* container : active()) {
    if (container->running()) {
      container->kill(signalOf(request));
    }
  }
  session->answer();
}

void Keeper::pauseSandbox(const SessionPtr& session, const Json&) {
  requireSandbox("pausing");
  Rollback undo;
  for (Container* container : active()) {
    if (container->running() && container->state().status != "paused") {
      container->freeze();
      undo.add([container] { attempt("thawing a container", [&] { container->thaw(); }); });
    }
  }
  undo.commit();
  sandbox_.setPaused(true);
  session->answer();
}

void Keeper::unpauseSandbox(const SessionPtr& session, const Json&) {
  requireSandbox("unpausing");
  for (Container* container : active()) {
    if (container->running()) {
      container->thaw();
    }
  }
  sandbox_.setPaused(false);
  session->answer();
}

void Keeper::publish(const SessionPtr& session, const Json& request) {
  requireSandbox("publishing ports");
  session->answer(portsToJson(sandbox_.publish(portsFromJson(request.value("ports", Json())))));
}

void Keeper::reloadNetwork(const SessionPtr& session, const Json&) {
  sandbox_.reloadNetwork();
  for (Container* container : active()) {
    container->reloadNetwork();
  }
  session->answer();
}

void Keeper::unpublish(const SessionPtr& session, const Json& request) {
  requireSandbox("unpublishing ports");
  sandbox_.unpublish(portsFromJson(request.value("ports", Json())));
  session->answer();
}

}  // namespace keeper
