#pragma once

#include "keeper/client.h"

/// Starting peapod-keeper processes; of many that try at once, one does.
namespace keeper {

UniqueFd connectOrStartKeeper(const Layout& layout, const SandboxConfig& config,
                              const std::function<void(pid_t, std::uint64_t)>& started);

/// Where a keeper died: a connection to one that takes over from it, or nothing (empty) after what
/// it left has been cleared away. Empty too where none died.
UniqueFd takeOver(const Layout& layout, const std::string& sandbox);

}  // namespace keeper
