#include "base/id.h"
#include "base/rollback.h"
#include "base/timed_phase.h"
#include "engine/check.h"
#include "engine/container.h"
#include "engine/events.h"
#include "engine/image_volumes.h"
#include "engine/init.h"
#include "engine/name_files.h"
#include "engine/reclaim.h"
#include "engine/resolve.h"
#include "engine/resources.h"
#include "engine/sandbox.h"

namespace engine {

namespace {

/// Builds all that a start will build and throws it away: who asked for what cannot work hears it
/// now.
void tryBuild(Context& context, const ContainerRecord& container, const PodRecord* pod) {
  SpecInput input{.spec = container.spec};
  input.pod = pod;
  input.plan = planNamespaces(container.spec, pod);
  input.hostname = hostnameOf(context, container, pod);
  buildRuntimeSpec(input);
}

void makeVolumes(const ContainerSpec& spec, const Path& volumes, const image::Image& image) {
  for (const Mount& mount : spec.mounts) {
    if (Path(mount.source).parent_path() == volumes) {
      fillVolume(mount.source, mount.target, image.layers);
    }
  }
}

/// The row, under another name where the generated one is taken.
void addRow(Context& context, ContainerRecord& container, bool isGenerated) {
  constexpr int attempts = 20;
  for (int attempt = 1;; ++attempt) {
    container.row.name = container.spec.name;
    container.row.spec = toText(container.spec);
    try {
      context.registry.addContainer(container.row);
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::exists || !isGenerated || attempt == attempts) {
        throw;
      }
      container.spec.name = randomName();
    }
  }
}

void reserveAddress(Context& context, const ContainerRecord& container) {
  const NetworkRequest& network = container.spec.network;
  if (!network.ip.empty() || !network.ip6.empty()) {
    network::lease(context.registry, context.bridge(), container.id(),
                   {network.ip, network.ip6, network.mac});
  }
}

/// All that a container is before it first runs; none of it after an error.
void make(Context& context, ContainerRecord& container, bool isGenerated,
          const image::Image& image) {
  const Path directory = context.layout.container(container.id());
  Rollback undo;
  addRow(context, container, isGenerated);
  undo.add([&] { discard(context, container); });
  reserveAddress(context, container);
  makeDirectories(directory, 0700);
  makeDirectories(directory / "upper", 0755);
  makeDirectories(directory / "work", 0700);
  makeVolumes(container.spec, directory / "volumes", image);
  markDependencies(context, container.id(), joinedContainers(container.spec.namespaces));
  undo.commit();
  recordEvent(context, "create", container);
}

}  // namespace

/// What asks for a keeper or a parent of its own choice is no business of systemd's.
void chooseManager(Context& context, ContainerSpec& spec, const PodRecord* pod) {
  const bool direct = spec.cgroups != "enabled";
  spec.cgroupManager = pod != nullptr ? pod->spec.cgroupManager
                       : direct       ? cgroupManager({.asked = "cgroupfs"}, spec.cgroupParent)
                                      : context.cgroupManagerFor(spec.cgroupParent);
}

void resolveTargets(const Context& context, std::map<NamespaceKind, NamespaceMode>& modes) {
  for (auto& [kind, mode] : modes) {
    if (mode.source == NamespaceMode::Source::container) {
      mode.target = within(
          cat("looking up the container to share the ", traits(kind).name, " namespace with"),
          [&context, &target = mode.target] { return context.container(target).id(); });
    }
  }
}

std::string Engine::createContainer(ContainerSpec spec, bool thenStart) {
  TimedPhase phase("find pod, image, name");
  Context& context = *state_;
  std::optional<PodRecord> pod;
  if (!spec.pod.empty()) {
    pod = context.pod(spec.pod);
    spec.pod = pod->id();
  }
  const PodRecord* inPod = pod ? &*pod : nullptr;
  const image::Image image = context.images.get(spec.image);
  spec.image = imageName(image, spec.image);
  const bool isGenerated = spec.name.empty();
  if (isGenerated) {
    spec.name = randomName();
  } else {
    freeName(context, spec.name);
  }
  resolveTargets(context, spec.namespaces);
  phase.next("check the request");
  checkContainer(spec, inPod);
  chooseManager(context, spec, inPod);

  ContainerRecord container;
  container.row.id = newId();
  container.row.pod = spec.pod;
  container.row.image = image.id;
  container.row.created = now().time_since_epoch().count();
  const Path directory = context.layout.container(container.id());
  container.spec = resolve(std::move(spec), image.config, inPod, directory / "volumes");
  stopSignalOf(container.spec);
  if (container.spec.init) {
    container.spec.initPath = findInit(container.spec);
  }
  Rollback undo;
  if (thenStart && pod) {
    phase.next("find or start the keeper");
    context.ahead = std::make_unique<SandboxAhead>(context, *pod);
    undo.add([&context] { context.ahead.reset(); });
  }
  phase.next("make the container");
  tryBuild(context, container, inPod);
  make(context, container, isGenerated, image);
  undo.commit();
  context.image = image;
  return container.id();
}

}  // namespace engine
