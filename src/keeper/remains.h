#pragma once

#include <vector>

#include "keeper/config.h"

/// What a keeper that was killed leaves behind. Callers hold KeeperLock::Part::alive.
namespace keeper {

/// A container that it supervised.
struct LeftContainer {
  ContainerConfig config;
  unsigned row = 0;  ///< of its descriptors with the pause process
};

std::vector<LeftContainer> leftContainers(const Layout& layout, const std::string& sandbox);

/// A pod whose pause process lives can be supervised by a new keeper.
bool canBeTakenOver(const Layout& layout, const std::string& sandbox);

/// Ends the processes by their cgroups, takes back published ports and state files; the containers'
/// last state says that their keeper died. Nothing to do is no error.
void clearRemains(const Layout& layout, const std::string& sandbox);

}  // namespace keeper
