#pragma once

#include <string>
#include <vector>

#include "base/timed_phase.h"

namespace cli {

/// What `--trace-time` prints: the phases in the order of their beginning, in milliseconds since
/// the first; one that is part of another of the same process is indented.
std::string phaseTable(std::vector<TimedPhase::Record> phases);

}  // namespace cli
