#include "engine/sandbox.h"

#include "base/id.h"
#include "engine/container_start.h"
#include "engine/kube_tree.h"
#include "engine/name_files.h"
#include "engine/ports.h"
#include "engine/resources.h"
#include "engine/update.h"

namespace engine {

namespace {

constexpr std::string_view pingSysctl = "net.ipv4.ping_group_range";

keeper::SandboxConfig podConfig(Context& context, const PodRecord& pod, Rollback& undo) {
  keeper::SandboxConfig config;
  config.id = pod.id();
  config.name = pod.row.name;
  config.pod = true;
  if (pod.spec.infra) {
    planPodNamespaces(pod.spec, config);
    for (auto& [kind, owner] : config.joined) {
      owner = joinable(context, owner.id);
    }
  }
  config.hostname = hostnameOf(pod);
  config.sysctls = pod.spec.sysctls;
  config.shmSize = config.newNamespaces.contains(NamespaceKind::ipc) ? pod.spec.shmSize : 0;
  config.cgroup = podCgroup(pod.id(), pod.spec);
  placeKeeper(config, pod.spec);
  config.limits = limitsAtStart(pod.spec.resources);
  if (isKube(pod.spec)) {
    config.limits.swapImplied = true;  // a manifest speaks of memory alone
  }
  config.stopWithLast = pod.spec.exitPolicy == "stop";
  if (config.newNamespaces.contains(NamespaceKind::net)) {
    config.sysctls.emplace(pingSysctl, "0 0");
    if (pod.spec.network.mode == NetworkRequest::Mode::bridge) {
      config.interface = prepareInterface(context, pod.id(), pod.spec.network, undo);
      config.ports = expand(pod.spec.network.ports);
    }
  }
  return config;
}

/// The keeper with the sandbox that it is told of; who started it goes into the registry until
/// `undo`, which outlives the client.
keeper::Client connectOrStart(Context& context, const keeper::SandboxConfig& config,
                              Rollback& undo) {
  const auto record = [&context, &undo, id = config.id](pid_t pid, std::uint64_t startTime) {
    context.registry.setKeeper(id, store::KeeperIdentity{bootId(), pid, startTime});
    // A row without a keeper is one that never ran.
    undo.add([&context, id] { context.registry.setKeeper(id, std::nullopt); });
  };
  keeper::Client client = keeper::Client::connectOrStart(context.layout, config, record);
  client.requestSandbox();
  return client;
}

/// The pod is as it was before somebody started it in vain. Its address stays its own, as after any
/// stop: another start may have taken it up already.
void stopUnused(Context& context, const PodRecord& before) {
  try {
    if (auto client = keeper::Client::connect(context.layout, before.id())) {
      client->stopUnusedSandbox();
    }
    context.registry.setKeeper(before.id(), before.row.keeper);
  } catch (const Error&) {
    // It has found other users, who started something in it meanwhile.
  }
}

}  // namespace

network::Interface prepareInterface(Context& context, const std::string& owner,
                                    const NetworkRequest& request, Rollback& undo) {
  const network::Bridge bridge = context.bridge();
  std::optional<network::Lease> lease = network::findLease(context.registry, bridge, owner);
  if (!lease) {
    lease = network::lease(context.registry, bridge, owner, {request.ip, request.ip6, request.mac});
    undo.add([&context, owner] { network::release(context.registry, owner); });
  }
  network::Interface interface;
  interface.bridgeDevice = bridge.device;
  interface.hostName = cat(network::hostPrefix, shortId(owner));
  interface.address4 = lease->address4;
  interface.gateway4 = lease->gateway4;
  interface.address6 = lease->address6;
  interface.gateway6 = lease->gateway6;
  interface.mac = lease->mac;
  return interface;
}

StartingSandbox::~StartingSandbox() {
  try {
    if (undo_) {
      wait();  // what is under way is undone by stopping it
    }
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): nothing was started then
  }
}

keeper::Client StartingSandbox::wait() {
  const std::unique_ptr<Rollback> undo = std::move(undo_);
  try {
    client_.startSandbox();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::in_use || !otherwise_) {
      throw;
    }
    return otherwise_().wait();
  }
  if (undo) {
    undo->commit();
  }
  if (started_) {
    started_();
  }
  return std::move(client_);
}

StartingSandbox ensurePodSandbox(Context& context, const PodRecord& pod, Rollback& undo) {
  const auto start = [&context, &pod, &undo] {
    auto half = std::make_unique<Rollback>();
    const keeper::SandboxConfig config = podConfig(context, pod, *half);
    writePodFiles(context, pod);
    keeper::Client client = connectOrStart(context, config, *half);
    undo.add([&context, pod] { stopUnused(context, pod); });
    return StartingSandbox(std::move(client), std::move(half),
                           [&context, &pod] { applyMissedUpdate(context, pod); });
  };
  std::optional<keeper::Client> running = keeper::Client::connect(context.layout, pod.id());
  if (!running) {
    return start();
  }
  running->requestSandbox();
  return {std::move(*running), start};
}

StartingSandbox startOwnSandbox(Context& context, const ContainerRecord& container,
                                const NamespacePlan& plan, Rollback& undo) {
  keeper::SandboxConfig config;
  config.id = container.id();
  config.name = container.row.name;
  placeKeeper(config, container.spec);
  if (plan.fresh.contains(NamespaceKind::net)) {
    config.newNamespaces.insert(NamespaceKind::net);
    if (container.spec.network.mode == NetworkRequest::Mode::bridge) {
      config.interface = prepareInterface(context, container.id(), container.spec.network, undo);
      config.ports = expand(container.spec.network.ports);
    }
  }
  return StartingSandbox(connectOrStart(context, config, undo));
}

std::vector<network::PublishedPort> publishedPorts(const Context& context,
                                                   const std::string& sandbox,
                                                   const NetworkRequest& request) {
  if (const auto state = keeper::readSandboxState(context.layout, sandbox)) {
    return state->ports;
  }
  return expand(request.ports);
}

}  // namespace engine
