#include <algorithm>

#include "base/timed_phase.h"
#include "engine/container.h"
#include "engine/context.h"
#include "engine/events.h"
#include "engine/pod.h"
#include "engine/reclaim.h"

namespace engine {

namespace {

void refuseRunning(const Context& context, const PodRecord& pod,
                   const std::vector<ContainerRecord>& containers) {
  std::vector<std::string> running;
  for (const ContainerRecord& container : containers) {
    if (isRunning(stateOf(context, container))) {
      running.push_back(container.row.name);
    }
  }
  if (!running.empty()) {
    throw Error(ErrorKind::in_use,
                cat("its containers ", join(running, ", "), " are running - running or paused ",
                    "containers cannot be removed without force: container state improper. Stop ",
                    "them first (peapod pod stop ", pod.row.name, ") or use --force"));
  }
}

void refuseForeignDependents(const Context& context, const std::vector<ContainerRecord>& members) {
  for (const ContainerRecord& member : members) {
    for (const std::string& name : dependentsOf(context, member.id())) {
      const bool isMember =
          std::any_of(members.begin(), members.end(),
                      [&](const ContainerRecord& other) { return other.row.name == name; });
      if (!isMember) {
        throw Error(ErrorKind::in_use, cat("container ", member.row.name, " has the dependent ",
                                           name, ", which must be removed before it"));
      }
    }
  }
}

/// Nothing of the pod runs afterwards.
void endSandbox(Context& context, const PodRecord& pod, std::optional<unsigned> seconds) {
  if (const auto begun = context.ending.extract(pod.id())) {
    begun.mapped().awaitEnd();
    context.unfinished.push_back(std::move(begun.mapped()));
  } else if (auto client = keeper::Client::connect(context.layout, pod.id())) {
    client->requestEnd(seconds, false);
    client->awaitEnd();
    context.ended.push_back(std::move(*client));
  }
}

}  // namespace

void Engine::beginRemovingPods(const std::vector<std::string>& pods,
                               std::optional<unsigned> seconds) {
  state_->ended.clear();  // each is a descriptor, and a process that goes on living
  for (const std::string& pod : pods) {
    try {
      const PodRecord record = state_->pod(pod);
      refuseForeignDependents(*state_, state_->containersOf(record.id()));
      if (auto client = keeper::Client::connect(state_->layout, record.id())) {
        client->requestEnd(seconds, true);
        state_->ending.emplace(record.id(), std::move(*client));
      }
    } catch (const Error&) {
      // removePod() will tell.
    }
  }
}

void Engine::endRemovingPods() {
  // Where they still wait for the disk to end their file systems, nobody waits for them.
  constexpr std::chrono::milliseconds patience{500};
  // All cgroups are removed from the same few directories, for whose locks more would wait.
  constexpr std::size_t atOnce = 2;
  std::vector<keeper::Client> clients = std::exchange(state_->unfinished, {});
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (std::size_t i = 0; i < clients.size() + atOnce; ++i) {
    try {
      if (i < clients.size()) {
        clients[i].requestFinish();
      }
      if (i >= atOnce) {
        clients[i - atOnce].awaitFinish(deadline);
      }
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): it is gone
    }
  }
}

void Engine::removePod(const std::string& pod, bool force, std::optional<unsigned> seconds) {
  const PodRecord record = state_->pod(pod);
  within(cat("removing pod ", record.row.name), [&] {
    const std::vector<ContainerRecord> containers = state_->containersOf(record.id());
    if (!force) {
      refuseRunning(*state_, record, containers);
    }
    refuseForeignDependents(*state_, containers);
    // Nothing that a user started runs without force, so nobody needs time to end.
    TimedPhase phase("end the pod");
    endSandbox(*state_, record, force ? seconds : std::optional<unsigned>(0));
    phase.next("remove from the registry");
    state_->registry.transaction([&] {
      for (const ContainerRecord& container : containers) {
        discard(*state_, container);
      }
      discard(*state_, record);
    });
    for (const ContainerRecord& container : containers) {
      recordEvent(*state_, "remove", container);
    }
    recordEvent(*state_, "remove", record);
  });
}

}  // namespace engine
