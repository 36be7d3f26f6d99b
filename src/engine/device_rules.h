#pragma once

#include <optional>
#include <vector>

#include "kernel/cgroup/cgroup.h"
#include "spec/request.h"

namespace engine {

/// "c 10:* rw" as Docker and Podman have it: type a, b or c; Error (invalid) for anything else.
DeviceRule parseDeviceRule(const std::string& text);

/// The devices that a container's cgroup lets it use, where anything depends on it: file systems of
/// containers are mounted nodev, so that they find no device but those in /dev, and have no way to
/// make one. Rules are needed for one that may be used only in part, for what --device-cgroup-rule
/// adds, and for a container that has a way (CAP_MKNOD, CAP_SYS_ADMIN). Absent for a privileged
/// one, which may use all. `podDevices`: what its pod gives it.
std::optional<std::vector<DeviceRule>> deviceRules(const ContainerSpec& spec,
                                                   const std::vector<std::string>& podDevices);

}  // namespace engine
