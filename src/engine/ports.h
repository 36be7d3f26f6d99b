#pragma once

#include <vector>

#include "engine/context.h"

/// Port mappings as users write them (with ranges), and the single ports that they are.
namespace engine {

/// Error (invalid) for a range that leaves 1 to 65535, an unknown protocol, a host address that is
/// none, or two mappings of one host port.
void checkPorts(const std::vector<PortMapping>& ports);

std::vector<network::PublishedPort> expand(const std::vector<PortMapping>& ports);
PortMapping mapping(const network::PublishedPort& port);

/// With `publishAll`, the image's exposed ports that no mapping names, each to a free port of the
/// host.
std::vector<PortMapping> requestedPorts(const NetworkRequest& network,
                                        const std::vector<std::string>& exposed);

/// Those of `wanted` that `have` lacks; a host port of 0 is content with any. Error (in_use) where
/// `have` uses the host's port for another one of the container's.
std::vector<network::PublishedPort> missingPorts(const std::vector<network::PublishedPort>& have,
                                                 const std::vector<network::PublishedPort>& wanted);

/// "0.0.0.0:8080->80/tcp"
std::string toText(const network::PublishedPort& port);

}  // namespace engine
