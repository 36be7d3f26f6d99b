#pragma once

#include <string>

#include "engine/usage.h"

namespace cli {

/// A pod's cgroups, a line each: what is used of what limit, with bars, and where the kernel
/// measures it the pressure of the last ten seconds.
std::string renderUsageTree(const engine::UsageTree& tree);

}  // namespace cli
