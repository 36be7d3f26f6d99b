#pragma once

#include "engine/ports.h"
#include "network/lease.h"

/// Pieces that the documents of pods and containers have in common, in Podman's form.
namespace engine {

/// null for an empty list, as Go prints an absent one.
Json listOrNull(const std::vector<std::string>& texts);
/// {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}
Json portBindings(const std::vector<network::PublishedPort>& ports);
/// One of "Mounts".
Json mountDocument(const Mount& mount);
/// [{"Path": "/dev/sda", "Rate": 1048576}]; null for none.
Json deviceLimits(const std::vector<DeviceLimit>& limits, const char* valueName);
/// "0001-01-01T00:00:00Z" for never.
std::string timeText(std::int64_t nanoseconds);

/// container_network.cc: "NetworkSettings" of a container with this lease and these ports.
Json networkSettings(const std::optional<network::Lease>& lease,
                     const std::vector<network::PublishedPort>& ports,
                     const std::vector<std::string>& networks, const std::string& sandboxKey);

/// container_host_config.cc: "HostConfig"
Json hostConfig(const ContainerRecord& container, const PodRecord* pod, const Path& log,
                const std::vector<network::PublishedPort>& ports);

}  // namespace engine
