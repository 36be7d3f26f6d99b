#include "kube/play.h"

#include "base/file.h"
#include "base/rollback.h"
#include "engine/meminfo.h"
#include "kube/manifest.h"

namespace kube {

namespace {

void checkImages(engine::Engine& engine, const std::vector<PodRequest>& requests) {
  for (const PodRequest& request : requests) {
    for (const ContainerSpec& container : request.containers) {
      within(cat("container ", container.name), [&] { engine.images().get(container.image); });
    }
  }
}

/// The pod of this very name, not one whose id begins like it.
std::optional<std::string> findPod(engine::Engine& engine, const std::string& name) {
  try {
    const engine::PodSummary pod = engine.podSummary(name);
    return pod.name == name ? std::optional(pod.id) : std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) {
      throw;
    }
    return std::nullopt;
  }
}

std::vector<std::string> removePods(engine::Engine& engine, const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    if (const auto id = findPod(engine, name)) {
      ids.push_back(*id);
    }
  }
  engine.beginRemovingPods(ids, std::nullopt);
  for (const std::string& id : ids) {
    engine.removePod(id, true, std::nullopt);
  }
  engine.endRemovingPods();
  return ids;
}

PlayedPod make(engine::Engine& engine, PodRequest request, Rollback& undo) {
  PlayedPod played;
  played.id = engine.createPod(std::move(request.pod));
  undo.add([&engine, id = played.id] {
    try {
      engine.removePod(id, true, 0);
    } catch (const Error&) {
      // Somebody else has removed it, or has come to depend on it.
    }
  });
  for (ContainerSpec& container : request.containers) {
    const std::string name = container.name;
    container.pod = played.id;
    played.containers.push_back(within(cat("creating container ", name), [&] {
      return engine.createContainer(std::move(container));
    }));
  }
  return played;
}

}  // namespace

std::vector<PlayedPod> play(engine::Engine& engine, const std::string& manifest,
                            const PlayOptions& options) {
  std::vector<PodRequest> requests =
      readManifest(manifest, engine::memoryField(readFile("/proc/meminfo"), "MemTotal"));
  checkImages(engine, requests);
  if (options.replace) {
    removePods(engine, podNames(manifest));
  }
  Rollback undo;
  std::vector<PlayedPod> pods;
  for (PodRequest& request : requests) {
    request.pod.cgroupParent = options.cgroupParent;
    request.pod.createCommand = options.createCommand;
    pods.push_back(make(engine, std::move(request), undo));
  }
  for (const PlayedPod& pod : pods) {
    engine.startPod(pod.id);
  }
  undo.commit();
  return pods;
}

std::vector<std::string> down(engine::Engine& engine, const std::string& manifest) {
  return removePods(engine, podNames(manifest));
}

}  // namespace kube
