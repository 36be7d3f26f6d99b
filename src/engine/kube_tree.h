#pragma once

#include <string>
#include <vector>

#include "spec/request.h"

/// Pods of Kubernetes manifests are where a kubelet would have them: below the class that their
/// requests and limits give them.
namespace engine {

bool isKube(const PodSpec& spec);

/// What the cgroup or the scope of such a pod is below, innermost first. Paths:
/// "/kubepods/burstable", "/kubepods", below --cgroup-parent where there is one; or, under systemd,
/// slices: "kubepods-burstable-podUID.slice", "kubepods-burstable.slice", "kubepods.slice".
std::vector<std::string> kubeLevels(const PodSpec& spec);

}  // namespace engine
