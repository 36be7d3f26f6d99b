#include "engine/summary.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "engine/namespaces.h"
#include "engine/ports.h"
#include "engine/reclaim.h"
#include "engine/resources.h"
#include "keeper/state.h"

namespace engine {

using Source = NamespaceMode::Source;

namespace {

std::vector<std::string> commandLine(const ContainerSpec& spec) {
  std::vector<std::string> words = spec.entrypoint.value_or(std::vector<std::string>{});
  words.insert(words.end(), spec.command.begin(), spec.command.end());
  return words;
}

Time timeOf(std::int64_t nanoseconds) {
  return Time(std::chrono::nanoseconds(nanoseconds));
}

std::vector<network::PublishedPort> podPorts(const LivePod& pod) {
  return pod.sandbox ? pod.sandbox->ports : expand(pod.record.spec.network.ports);
}

/// Of a network namespace that is the container's own.
std::vector<network::PublishedPort> ownPorts(const Context& context,
                                             const ContainerRecord& container) {
  std::vector<network::PublishedPort> asked = expand(container.spec.network.ports);
  if (asked.empty()) {
    return asked;
  }
  if (container.row.pod.empty()) {
    const auto live = keeper::readSandboxState(context.layout, container.id());
    return live ? live->ports : asked;
  }
  const auto config = keeper::readContainerConfig(
      keeper::containerConfigPath(context.layout, container.row.pod, container.id()));
  return config && config->network ? config->network->ports : asked;
}

std::vector<network::PublishedPort> portsOf(const Context& context,
                                            const ContainerRecord& container, const LivePod* pod) {
  const NamespaceMode mode =
      effectiveMode(NamespaceKind::net, container.spec, pod == nullptr ? nullptr : &pod->record);
  if (mode.source == Source::pod) {
    return podPorts(*pod);
  }
  if (mode.source == Source::container) {
    const ContainerRecord owner = context.container(mode.target);
    const std::optional<PodRecord> ownersPod = context.podOf(owner);
    const std::optional<LivePod> live =
        ownersPod ? std::optional(livePod(context, *ownersPod)) : std::nullopt;
    return portsOf(context, owner, live ? &*live : nullptr);
  }
  return mode.source == Source::own ? ownPorts(context, container)
                                    : std::vector<network::PublishedPort>{};
}

std::vector<std::string> mountsOf(const ContainerSpec& spec, const PodRecord* pod) {
  std::vector<std::string> targets;
  const auto add = [&](const std::vector<Mount>& mounts) {
    for (const Mount& mount : mounts) {
      if (std::find(targets.begin(), targets.end(), mount.target) == targets.end()) {
        targets.push_back(mount.target);
      }
    }
  };
  if (pod != nullptr) {
    add(pod->spec.mounts);
  }
  add(spec.mounts);
  return targets;
}

bool hasBridge(const NamespaceMode& mode, const NetworkRequest& network) {
  return mode.source == Source::own && network.mode == NetworkRequest::Mode::bridge;
}

/// Nothing where it was one that nobody removed (engine/reclaim.h). Its request has nothing that is
/// shown.
std::optional<ContainerStatus> memberOf(Context& context, store::ContainerRow row) {
  ContainerRecord record{std::move(row), {}};
  ContainerStatus status{record.id(), record.row.name, stateOf(context, record)};
  if (status.state.status == "exited" && reclaim(context, read(std::move(record.row)))) {
    return std::nullopt;
  }
  return status;
}

}  // namespace

LivePod livePod(const Context& context, PodRecord record) {
  auto sandbox = keeper::readSandboxState(context.layout, record.id());
  const bool isStarting =
      !sandbox && record.row.keeper && keeper::keeperRuns(context.layout, record.id());
  return {std::move(record), std::move(sandbox), isStarting};
}

keeper::ContainerState infraState(const LivePod& pod) {
  keeper::ContainerState state;
  if (pod.sandbox) {
    state.status = pod.sandbox->status;
    state.pid = pod.sandbox->pause;
    state.startedAt = pod.sandbox->startedAt;
  } else if (pod.record.row.keeper && !pod.isStarting) {
    state.status = "exited";
  }
  return state;
}

std::string podStatus(const std::vector<std::string>& containers) {
  const auto count = [&](std::string_view status) {
    return std::count(containers.begin(), containers.end(), status);
  };
  const auto total = static_cast<std::ptrdiff_t>(containers.size());
  const auto running = count("running") + count("stopping");
  if (total == 0) {
    return "Created";
  }
  if (running == total) {
    return "Running";
  }
  if (running > 0) {
    return "Degraded";
  }
  if (count("paused") == total) {
    return "Paused";
  }
  if (count("exited") == total) {
    return "Exited";
  }
  return count("exited") > 0 ? "Stopped" : count("paused") > 0 ? "Degraded" : "Created";
}

std::vector<std::string> networksOf(const PodRecord& pod) {
  const auto mode = pod.spec.namespaces.find(NamespaceKind::net);
  const bool own = mode == pod.spec.namespaces.end() || mode->second.source == Source::own;
  if (!pod.shares(NamespaceKind::net) || !own ||
      pod.spec.network.mode != NetworkRequest::Mode::bridge) {
    return {};
  }
  return {network::defaultBridge().name};
}

std::vector<std::string> networksOf(const ContainerSpec& spec, const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(NamespaceKind::net, spec, pod);
  if (mode.source == Source::pod) {
    return networksOf(*pod);
  }
  return hasBridge(mode, spec.network) ? std::vector{network::defaultBridge().name}
                                       : std::vector<std::string>{};
}

ContainerSummary summarize(const Context& context, const ContainerRecord& container,
                           const LivePod* pod) {
  ContainerSummary summary;
  summary.id = container.id();
  summary.name = container.row.name;
  summary.image = container.spec.image;
  summary.imageId = container.row.image;
  summary.pod = container.row.pod;
  summary.podName = pod == nullptr ? "" : pod->record.row.name;
  summary.command = commandLine(container.spec);
  summary.labels = container.spec.labels;
  summary.created = timeOf(container.row.created);
  summary.state = stateOf(context, container);
  summary.ports = portsOf(context, container, pod);
  summary.networks = networksOf(container.spec, pod == nullptr ? nullptr : &pod->record);
  summary.mounts = mountsOf(container.spec, pod == nullptr ? nullptr : &pod->record);
  summary.remove = container.spec.remove;
  return summary;
}

ContainerSummary summarizeInfra(const LivePod& pod) {
  ContainerSummary summary;
  summary.id = infraId(pod.record.id());
  summary.name = infraName(pod.record.id());
  summary.image = infraImage;
  summary.command = {"/pause"};
  summary.pod = pod.record.id();
  summary.podName = pod.record.row.name;
  summary.created = timeOf(pod.record.row.created);
  summary.state = infraState(pod);
  summary.ports = podPorts(pod);
  summary.networks = networksOf(pod.record);
  summary.infra = true;
  return summary;
}

PodSummary summarize(const LivePod& pod, std::vector<ContainerStatus> containers) {
  PodSummary summary;
  summary.id = pod.record.id();
  summary.name = pod.record.row.name;
  summary.labels = pod.record.spec.labels;
  summary.created = timeOf(pod.record.row.created);
  summary.cgroup = podCgroup(pod.record.id(), pod.record.spec);
  summary.hasInfra = pod.record.spec.infra;
  summary.infraId = summary.hasInfra ? infraId(pod.record.id()) : "";
  summary.networks = networksOf(pod.record);
  std::vector<std::string> statuses;
  for (const ContainerStatus& container : containers) {
    statuses.push_back(container.state.status);
  }
  if (summary.hasInfra) {
    statuses.push_back(infraState(pod).status);
  }
  summary.status = podStatus(statuses);
  summary.containers = std::move(containers);
  return summary;
}

PodSummary summarize(Context& context, const LivePod& pod) {
  std::vector<ContainerStatus> members;
  for (store::ContainerRow& row : context.registry.containersOf(pod.record.id())) {
    if (auto member = memberOf(context, std::move(row))) {
      members.push_back(std::move(*member));
    }
  }
  return summarize(pod, std::move(members));
}

std::vector<PodSummary> Engine::listPods() {
  const auto listing = state_->takeListing();
  // All of them before any state, which may still be read meanwhile.
  std::vector<store::PodRow> podRows = state_->registry.pods();
  std::vector<store::ContainerRow> containerRows = state_->registry.containers();
  std::vector<LivePod> pods;
  std::map<std::string, std::size_t> places;  ///< of pods in the list, by their ids
  for (store::PodRow& row : podRows) {
    places.emplace(row.id, pods.size());
    pods.push_back(livePod(*state_, read(std::move(row))));
  }
  std::vector<std::vector<ContainerStatus>> members(pods.size());
  for (store::ContainerRow& row : containerRows) {
    const auto place = places.find(row.pod);
    if (place == places.end()) {
      continue;  // in none, or in one that was made after the pods were read
    }
    if (auto member = memberOf(*state_, std::move(row))) {
      members[place->second].push_back(std::move(*member));
    }
  }
  std::vector<PodSummary> summaries;
  for (std::size_t place = 0; place < pods.size(); ++place) {
    summaries.push_back(summarize(pods[place], std::move(members[place])));
  }
  return summaries;
}

PodSummary Engine::podSummary(const std::string& pod) {
  return summarize(*state_, livePod(*state_, state_->pod(pod)));
}

std::string Engine::podId(const std::string& pod) {
  return state_->pod(pod).id();
}

std::vector<ContainerSummary> Engine::listContainers() {
  const auto listing = state_->takeListing();
  std::vector<store::PodRow> podRows = state_->registry.pods();
  std::vector<store::ContainerRow> containerRows = state_->registry.containers();
  std::map<std::string, LivePod> pods;
  std::vector<ContainerSummary> summaries;
  for (store::PodRow& row : podRows) {
    const std::string id = row.id;
    const auto added = pods.emplace(id, livePod(*state_, read(std::move(row)))).first;
    if (added->second.record.spec.infra) {
      summaries.push_back(summarizeInfra(added->second));
    }
  }
  for (store::ContainerRow& row : containerRows) {
    const ContainerRecord container = read(std::move(row));
    const auto pod = pods.find(container.row.pod);
    // One whose pod was made after the pods were read belongs to the next list.
    if ((container.row.pod.empty() || pod != pods.end()) && !reclaim(*state_, container)) {
      summaries.push_back(
          summarize(*state_, container, pod == pods.end() ? nullptr : &pod->second));
    }
  }
  std::stable_sort(summaries.begin(), summaries.end(),
                   [](const ContainerSummary& one, const ContainerSummary& other) {
                     return one.created < other.created;
                   });
  return summaries;
}

ContainerSummary Engine::containerSummary(const std::string& container) {
  if (auto pod = state_->podOfInfra(container)) {
    return summarizeInfra(livePod(*state_, std::move(*pod)));
  }
  const ContainerRecord record = keptContainer(*state_, container);
  const std::optional<PodRecord> pod = state_->podOf(record);
  if (!pod) {
    return summarize(*state_, record, nullptr);
  }
  const LivePod live = livePod(*state_, *pod);
  return summarize(*state_, record, &live);
}

std::vector<network::PublishedPort> Engine::ports(const std::string& container) {
  return containerSummary(container).ports;
}

}  // namespace engine
