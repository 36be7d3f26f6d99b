#pragma once

#include <optional>
#include <string>

namespace engine {

/// A text value of Podman's containers.conf(5), from the files that root's Podman reads, the later
/// ones over the earlier. Error (invalid) for a file that is not TOML.
std::optional<std::string> containersConf(const std::string& table, const std::string& key);

}  // namespace engine
