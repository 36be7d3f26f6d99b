#include "engine/container_start.h"

#include <unistd.h>

#include <algorithm>

#include "base/id.h"
#include "base/json.h"
#include "base/timed_phase.h"
#include "engine/capabilities.h"
#include "engine/device_rules.h"
#include "engine/kube_tree.h"
#include "engine/name_files.h"
#include "engine/ports.h"
#include "engine/resources.h"
#include "engine/sandbox.h"
#include "engine/spec_builder.h"
#include "engine/update.h"

namespace engine {

namespace {

constexpr std::int64_t defaultPids = 2048;

/// A keeper that stands ready, and what it is to start.
struct Prepared {
  keeper::Client client;
  keeper::ContainerConfig config;
};

/// What a start has made until it has succeeded; the pod's sandbox is the first of it.
struct Start {
  std::unique_ptr<SandboxAhead> sandbox;
  Rollback undo;

  void commit() {
    undo.commit();
    if (sandbox) {
      sandbox->undo.commit();
    }
  }
};

void changePodPorts(Context& context, const std::string& pod,
                    const std::function<void(std::vector<PortMapping>&)>& change) {
  context.registry.transaction([&] {
    PodRecord record = context.pod(pod);
    change(record.spec.network.ports);
    context.registry.updatePod(record.id(), record.row.name, toText(record.spec));
  });
}

void takeBack(Context& context, const std::string& pod,
              const std::vector<network::PublishedPort>& ports) {
  try {
    if (auto client = keeper::Client::connect(context.layout, pod)) {
      client->unpublish(ports);
    }
    changePodPorts(context, pod, [&](std::vector<PortMapping>& mappings) {
      std::erase_if(mappings, [&](const PortMapping& one) {
        return one.range == 1 &&
               std::find(ports.begin(), ports.end(), expand({one}).front()) != ports.end();
      });
    });
  } catch (const Error&) {
    // The pod is gone, and its ports with it.
  }
}

/// The ports that a member of the pod asked for are the pod's from now on.
void publishInPod(Context& context, keeper::Client& client, const PodRecord& pod,
                  const ContainerSpec& spec, Rollback& undo) {
  const auto wanted = expand(spec.network.ports);
  if (wanted.empty()) {
    return;
  }
  const auto missing = missingPorts(publishedPorts(context, pod.id(), pod.spec.network), wanted);
  if (missing.empty()) {
    return;
  }
  const std::vector<network::PublishedPort> published = client.publish(missing);
  undo.add([&context, id = pod.id(), published] { takeBack(context, id, published); });
  changePodPorts(context, pod.id(), [&](std::vector<PortMapping>& mappings) {
    std::transform(published.begin(), published.end(), std::back_inserter(mappings), mapping);
  });
}

keeper::RestartRule restartRule(const ContainerSpec& spec, const PodRecord* pod) {
  using When = keeper::RestartRule::When;
  const RestartPolicy& policy =
      spec.restart.name.empty() && pod != nullptr ? pod->spec.restart : spec.restart;
  if (policy.name == "always" || policy.name == "unless-stopped") {
    return {When::always, 0};
  }
  return {policy.name == "on-failure" ? When::onFailure : When::no, policy.maxRetries};
}

CgroupLimits limitsOf(Context& context, const ContainerSpec& spec, const PodRecord* pod) {
  CgroupLimits limits = limitsAtStart(spec.resources);
  if (pod != nullptr && isKube(pod->spec)) {
    limits.swapImplied = true;  // a manifest speaks of memory alone
  }
  limits.devices =
      deviceRules(spec, pod == nullptr ? std::vector<std::string>{} : pod->spec.devices);
  if (!limits.pidsMax) {
    const std::vector<std::string> controllers = context.cgroups().controllers();
    if (std::find(controllers.begin(), controllers.end(), "pids") != controllers.end()) {
      limits.pidsMax = defaultPids;
    }
  }
  return limits;
}

std::string logPathOf(const Context& context, const ContainerRecord& container) {
  const ContainerSpec& spec = container.spec;
  if (spec.logDriver == "none") {
    return {};
  }
  return spec.logPath.empty() ? (context.layout.container(container.id()) / "ctr.log").native()
                              : spec.logPath;
}

std::vector<Path> layersOf(const Context& context, const ContainerRecord& container) {
  const std::string& id = container.row.image;
  const image::Image image =
      context.image && context.image->id == id ? *context.image : context.images.get(id);
  std::vector<Path> layers = image.layers;
  if (image.mountPoints) {
    layers.push_back(*image.mountPoints);
  }
  return layers;
}

keeper::ContainerConfig configOf(Context& context, const ContainerRecord& container,
                                 const PodRecord* pod, const NamespacePlan& plan) {
  const ContainerSpec& spec = container.spec;
  const Path directory = context.layout.container(container.id());
  keeper::ContainerConfig config;
  config.id = container.id();
  config.name = container.row.name;
  config.image = spec.image;
  config.bundle = directory;
  config.overlay = runtime::Overlay{layersOf(context, container), directory / "upper",
                                    directory / "work", spec.remove};
  config.sandboxNamespaces = plan.fromSandbox;
  config.sandboxShm = plan.sandboxShm;
  for (const auto& [kind, owner] : plan.joined) {
    config.joined.emplace(kind, joinable(context, owner));
  }
  if (!plan.shmOf.empty()) {
    config.shmOf = joinable(context, plan.shmOf);
  }
  config.user = spec.user.empty() ? "0" : spec.user;
  config.groups = spec.groups;
  config.cgroup = containerCgroup(container.id(), spec, container.row.pod,
                                  pod == nullptr ? nullptr : &pod->spec);
  if (!config.cgroup.empty()) {
    config.limits = limitsOf(context, spec, pod);
  }
  config.logPath = logPathOf(context, container);
  config.logMaxSize = spec.logMaxSize;
  config.stdinOpen = spec.stdinOpen;
  config.stopSignal = stopSignalOf(spec);
  config.stopTimeout = spec.stopTimeout;
  config.restart = restartRule(spec, pod);
  config.remove = spec.remove;
  config.pidFile = spec.pidFile;
  config.seccompFilter = seccompFilterOf(context, spec).native();
  return config;
}

Path bundleFile(const Context& context, const ContainerRecord& container) {
  return context.layout.container(container.id()) / "config.json";
}

void writeBundle(Context& context, const ContainerRecord& container, const PodRecord* pod,
                 const NamespacePlan& plan, Rollback& undo) {
  SpecInput input{.spec = container.spec};
  input.pod = pod;
  input.plan = plan;
  input.hostname = hostnameOf(context, container, pod);
  input.cgroup = containerCgroup(container.id(), container.spec, container.row.pod,
                                 pod == nullptr ? nullptr : &pod->spec);
  input.files = writeContainerFiles(context, container, pod);
  oci::RuntimeSpec spec = buildRuntimeSpec(input);
  spec.annotations["peapod.boot"] = bootId();
  const Path file = bundleFile(context, container);
  replaceFile(file, Json(spec).dump(), 0600);
  // It tells that the container has run.
  undo.add([file] { ::unlink(file.c_str()); });
}

keeper::ContainerNetwork ownNetwork(Context& context, const ContainerRecord& container,
                                    Rollback& undo) {
  const NetworkRequest& request = container.spec.network;
  keeper::ContainerNetwork network;
  if (request.mode == NetworkRequest::Mode::bridge) {
    network.interface = prepareInterface(context, container.id(), request, undo);
    network.ports = expand(request.ports);
  }
  return network;
}

Prepared prepareInPod(Context& context, const ContainerRecord& container, const PodRecord& pod,
                      Start& start) {
  TimedPhase phase("find or start the keeper");
  const bool isAhead = context.ahead && context.ahead->pod.id() == pod.id();
  start.sandbox = isAhead ? std::move(context.ahead) : std::make_unique<SandboxAhead>(context, pod);
  Rollback& undo = start.undo;
  phase.next("specification, name files");
  const NamespacePlan plan = planNamespaces(container.spec, &pod);
  keeper::ContainerConfig config = configOf(context, container, &pod, plan);
  const bool hasOwnNetwork = plan.fresh.contains(NamespaceKind::net);
  if (hasOwnNetwork) {
    config.network = ownNetwork(context, container, undo);
  }
  refreshPodHosts(context, pod);
  writeBundle(context, container, &pod, plan, undo);
  phase.next("wait for the pod, publish ports");
  keeper::Client client = start.sandbox->sandbox.wait();
  if (!hasOwnNetwork) {
    publishInPod(context, client, pod, container.spec, undo);
  }
  return {std::move(client), std::move(config)};
}

/// Where it is split off from is known when it starts, and kept for who looks for it later.
ContainerRecord splitOff(Context& context, ContainerRecord container) {
  container.spec.cgroupParent = splitOwnCgroup();
  context.registry.updateContainer(container.id(), container.row.name, toText(container.spec));
  return container;
}

Prepared prepareSingle(Context& context, const ContainerRecord& container, Rollback& undo) {
  const NamespacePlan plan = planNamespaces(container.spec, nullptr);
  TimedPhase phase("start the keeper");
  StartingSandbox sandbox = startOwnSandbox(context, container, plan, undo);
  phase.next("specification, name files");
  keeper::ContainerConfig config = configOf(context, container, nullptr, plan);
  writeBundle(context, container, nullptr, plan, undo);
  phase.next("wait for the keeper");
  return {sandbox.wait(), std::move(config)};
}

Prepared prepare(Context& context, const ContainerRecord& container, Start& start) {
  const std::optional<PodRecord> pod = context.podOf(container);
  if (pod) {
    return prepareInPod(context, container, *pod, start);
  }
  return container.spec.cgroups == "split"
             ? prepareSingle(context, splitOff(context, container), start.undo)
             : prepareSingle(context, container, start.undo);
}

}  // namespace

keeper::ContainerState stateOf(const Context& context, const ContainerRecord& container) {
  if (std::optional<keeper::ContainerState> state =
          keeper::readState(context.layout, container.id())) {
    return *state;
  }
  keeper::ContainerState state;
  // A start writes its bundle before the keeper writes a state: only one of an earlier boot has
  // ended.
  if (ranBeforeBoot(context, container)) {
    state.status = "exited";
    state.exitCode = 255;
    state.error = "the machine was restarted while it ran";
  }
  return state;
}

bool ranBeforeBoot(const Context& context, const ContainerRecord& container) {
  const auto bundle = readFileIfExists(bundleFile(context, container));
  return bundle && bundle->find(bootId()) == std::string::npos;
}

bool isRunning(const keeper::ContainerState& state) {
  return state.status != "created" && state.status != "exited";
}

void start(Context& context, const ContainerRecord& container) {
  if (isRunning(stateOf(context, container))) {
    if (keeper::keeperRuns(context.layout, container.sandbox())) {
      return;
    }
    // Its keeper died: a pod gets a new one, a single container is ended.
    keeper::Client::connect(context.layout, container.sandbox());
    if (isRunning(stateOf(context, container))) {
      return;
    }
  }
  Start started;
  Prepared prepared = prepare(context, container, started);
  const TimedPhase phase("start");
  prepared.client.start(prepared.config);
  started.commit();
  applyMissedUpdate(context, container);
}

keeper::JoinedContainer joinable(Context& context, const std::string& id) {
  const ContainerRecord container = context.container(id);
  if (!isRunning(stateOf(context, container))) {
    within(cat("starting container ", container.row.name, " whose namespaces are joined"),
           [&] { start(context, container); });
  }
  return {container.id(), container.row.name};
}

void Engine::startContainer(const std::string& container) {
  const ContainerRecord record = state_->container(container);
  within(cat("starting container ", record.row.name), [&] { start(*state_, record); });
}

AttachedStart Engine::startAttached(const std::string& container, bool input) {
  const ContainerRecord record = state_->container(container);
  return within(cat("starting container ", record.row.name), [&]() -> AttachedStart {
    if (isRunning(stateOf(*state_, record))) {
      return {record.id(), attach(record.id(), input)};
    }
    Start started;
    Prepared prepared = prepare(*state_, record, started);
    const TimedPhase phase("start");
    auto [state, attachment] = prepared.client.startAttached(prepared.config, input);
    started.commit();
    applyMissedUpdate(*state_, record);
    return {record.id(), std::move(attachment)};
  });
}

}  // namespace engine
