#pragma once

#include "engine/container_start.h"

namespace engine {

/// A pod as lists and its status need it: its record and what of it lives now.
struct LivePod {
  PodRecord record;
  std::optional<keeper::SandboxState> sandbox;
  bool isStarting = false;  ///< a keeper is at it
};

/// What lists show as the image of a pod's pause process, which comes from none.
inline constexpr const char* infraImage = "peapod-pause";

LivePod livePod(const Context& context, PodRecord record);

/// created, running, paused, exited: of the pause process
keeper::ContainerState infraState(const LivePod& pod);

/// A pod's status from those of its containers (with its pause process), as Podman has it.
std::string podStatus(const std::vector<std::string>& containers);

/// A row of a list; `pod` is null outside pods.
ContainerSummary summarize(const Context& context, const ContainerRecord& container,
                           const LivePod* pod);
/// The row of a pod's pause process.
ContainerSummary summarizeInfra(const LivePod& pod);
PodSummary summarize(const LivePod& pod, std::vector<ContainerStatus> containers);
/// With the containers that it has now.
PodSummary summarize(Context& context, const LivePod& pod);

/// Names of the networks that the container, or the pod, has an address in.
std::vector<std::string> networksOf(const ContainerSpec& spec, const PodRecord* pod);
std::vector<std::string> networksOf(const PodRecord& pod);

}  // namespace engine
