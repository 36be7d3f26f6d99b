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

/// Nothing of the pod runs afterwards. True where its cgroups are left to endRemovingPods().
bool endSandbox(Context& context, const PodRecord& pod, std::optional<unsigned> seconds) {
  if (auto begun = context.ending.extract(pod.id()); begun && begun.mapped().awaitEnd()) {
    context.unfinished.emplace_back(pod.id(), std::move(begun.mapped()));
    return true;
  }
  endWithKeeper(context, pod, [&](keeper::Client client) {
    client.requestEnd(seconds, false);
    const bool ended = client.awaitEnd();
    context.ended.push_back(std::move(client));
    return ended;
  });
  return false;
}

/// The cgroups of a pod are gone, but where its keeper needs longer.
void finish(const Context& context, const std::string& pod, keeper::Client& client,
            std::chrono::steady_clock::time_point deadline) {
  try {
    if (!client.awaitFinish(deadline)) {
      clearUnfinished(context.layout, pod, deadline);
    }
    removeTree(context.layout.sandbox(pod));
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): left to reclaimSandboxes()
  }
}

}  // namespace

void Engine::beginRemovingPods(const std::vector<std::string>& pods,
                               std::optional<unsigned> seconds) {
  state_->removesMany = true;
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
  auto pods = std::exchange(state_->unfinished, {});
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (std::size_t i = 0; i < pods.size() + atOnce; ++i) {
    if (i < pods.size()) {
      pods[i].second.requestFinish();
    }
    if (i >= atOnce) {
      auto& [id, client] = pods[i - atOnce];
      finish(*state_, id, client, deadline);
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
    if (!endSandbox(*state_, record, force ? seconds : std::optional<unsigned>(0))) {
      removeTree(state_->layout.sandbox(record.id()));
    }
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
