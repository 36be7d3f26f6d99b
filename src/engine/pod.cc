#include "engine/pod.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/id.h"
#include "base/rollback.h"
#include "engine/check.h"
#include "engine/container.h"
#include "engine/events.h"
#include "engine/kube_tree.h"
#include "engine/reclaim.h"
#include "engine/resources.h"
#include "network/lease.h"

namespace engine {

namespace {

/// Two of one uid would have one cgroup.
void refuseSameUid(const Context& context, const PodRecord& pod) {
  for (store::PodRow& row : context.registry.pods()) {
    const PodRecord other = read(std::move(row));
    if (other.spec.uid == pod.spec.uid && other.id() != pod.id()) {
      throw Error(ErrorKind::exists, cat("creating pod ", pod.spec.name, ": the uid ", pod.spec.uid,
                                         " is in use by pod ", other.row.name));
    }
  }
}

void addRow(Context& context, PodRecord& pod, bool isGenerated) {
  constexpr int attempts = 20;
  for (int attempt = 1;; ++attempt) {
    pod.row.name = pod.spec.name;
    pod.row.spec = toText(pod.spec);
    try {
      context.registry.addPod(pod.row);
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::exists || !isGenerated || attempt == attempts) {
        throw;
      }
      pod.spec.name = randomName();
    }
  }
}

}  // namespace

void discard(Context& context, const PodRecord& pod) {
  unmarkDependencies(context, pod.id(), joinedContainers(pod.spec.namespaces));
  ::unlink(context.layout.state(pod.id() + ".sandbox").c_str());
  context.registry.removePod(pod.id());
}

std::string Engine::createPod(PodSpec spec) {
  Context& context = *state_;
  const bool isGenerated = spec.name.empty();
  if (isGenerated) {
    spec.name = randomName();
  } else {
    freeName(context, spec.name);
  }
  resolveTargets(context, spec.namespaces);
  within(cat("creating pod ", spec.name), [&] { checkPod(spec); });
  spec.cgroupManager = state_->cgroupManagerFor(spec.cgroupParent);
  PodRecord pod;
  pod.spec = std::move(spec);
  pod.row.id = newId();
  pod.row.created = now().time_since_epoch().count();

  Rollback undo;
  const auto add = [&] { addRow(context, pod, isGenerated); };
  if (isKube(pod.spec)) {
    context.registry.transaction([&] {
      add();
      refuseSameUid(context, pod);
    });
  } else {
    add();
  }
  undo.add([&] { discard(context, pod); });
  const NetworkRequest& network = pod.spec.network;
  if (!network.ip.empty() || !network.ip6.empty()) {
    network::lease(context.registry, context.bridge(), pod.id(),
                   {network.ip, network.ip6, network.mac});
  }
  markDependencies(context, pod.id(), joinedContainers(pod.spec.namespaces));
  undo.commit();
  recordEvent(context, "create", pod);
  return pod.id();
}

void endWithKeeper(const Context& context, const PodRecord& pod,
                   const std::function<bool(keeper::Client)>& end) {
  if (!keeper::askUntilAnswered(context.layout, pod.id(), end)) {
    throw Error(ErrorKind::in_use, "its keeper was killed while it ended the pod: try again");
  }
}

void Engine::stopPod(const std::string& pod, std::optional<unsigned> seconds) {
  const PodRecord record = state_->pod(pod);
  within(cat("stopping pod ", record.row.name), [&] {
    endWithKeeper(*state_, record,
                  [&](keeper::Client client) { return client.stopSandbox(seconds); });
  });
}

void Engine::restartPod(const std::string& pod) {
  stopPod(pod, std::nullopt);
  startPod(pod);
}

keeper::Client connectToRunning(const Context& context, const PodRecord& pod, const char* verb) {
  auto client = keeper::Client::connect(context.layout, pod.id());
  if (!client) {
    throw Error(ErrorKind::in_use,
                cat("cannot ", verb, " pod ", pod.row.name,
                    ": it is not running (peapod pod start ", pod.row.name, ")"));
  }
  return std::move(*client);
}

void Engine::killPod(const std::string& pod, int signal) {
  const PodRecord record = state_->pod(pod);
  connectToRunning(*state_, record, "kill").signalSandbox(signal);
}

void Engine::pausePod(const std::string& pod) {
  const PodRecord record = state_->pod(pod);
  connectToRunning(*state_, record, "pause").pauseSandbox();
}

void Engine::unpausePod(const std::string& pod) {
  const PodRecord record = state_->pod(pod);
  connectToRunning(*state_, record, "unpause").unpauseSandbox();
}

}  // namespace engine
