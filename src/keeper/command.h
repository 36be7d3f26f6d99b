#pragma once

#include <string>
#include <vector>

#include "keeper/config.h"

/// What a keeper has done by the CLI: it has no registry, and does not wait for it.
namespace keeper {

/// Starts `peapod WORDS...` on this instance.
void runCommand(const Layout& layout, const std::vector<std::string>& words);

/// Has every keeper of this instance publish its ports again. Nothing to do where there is no
/// other.
void reloadOtherNetworks(const Layout& layout);

}  // namespace keeper
