#include "engine/resolve.h"

#include <algorithm>

#include "engine/ports.h"

namespace engine {

namespace {

void resolveCommand(ContainerSpec& spec, const oci::ImageConfig& image) {
  if (spec.entrypoint) {
    // An empty one takes the image's away, and without it the image's arguments make no sense.
    std::erase(*spec.entrypoint, "");
    return;
  }
  spec.entrypoint = image.config.entrypoint;
  if (spec.command.empty()) {
    spec.command = image.config.cmd;
  }
}

bool covers(const std::vector<Mount>& mounts, const Path& target) {
  return std::any_of(mounts.begin(), mounts.end(), [&](const Mount& mount) {
    return Path(mount.target + "/.").lexically_normal() == target;
  });
}

void addVolumes(ContainerSpec& spec, const oci::ImageConfig& image, const PodRecord* pod,
                const Path& volumes) {
  const std::vector<Mount> asked = spec.mounts;
  std::size_t number = 0;
  for (const std::string& text : image.config.volumes) {
    const Path target = Path(text + "/.").lexically_normal();
    const bool pods = pod != nullptr && covers(pod->spec.mounts, target);
    if (target.is_absolute() && target != "/" && !pods && !covers(asked, target)) {
      spec.mounts.push_back(
          {"bind", (volumes / std::to_string(number++)).native(), text, {"rbind", "rw"}});
    }
  }
}

}  // namespace

ContainerSpec resolve(ContainerSpec spec, const oci::ImageConfig& image, const PodRecord* pod,
                      const Path& volumes) {
  resolveCommand(spec, image);
  spec.env = mergeEnv(image.config.env, spec.env);
  if (spec.user.empty()) {
    spec.user = image.config.user;
  }
  if (spec.workdir.empty()) {
    spec.workdir = image.config.workingDir;
  }
  if (spec.stopSignal.empty()) {
    spec.stopSignal = image.config.stopSignal;
  }
  for (const auto& [name, value] : image.config.labels) {
    spec.labels.emplace(name, value);
  }
  spec.network.ports = requestedPorts(spec.network, image.config.exposedPorts);
  addVolumes(spec, image, pod, volumes);
  return spec;
}

std::string imageName(const image::Image& image, const std::string& typed) {
  try {
    for (const image::Reference& candidate : image::candidates(typed)) {
      std::string name = candidate.name();
      if (std::find(image.names.begin(), image.names.end(), name) != image.names.end()) {
        return name;
      }
    }
  } catch (const Error&) {
    // An id need not be a name.
  }
  return image.names.empty() ? image.id : image.names.front();
}

}  // namespace engine
