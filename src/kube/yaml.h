#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace kube {

/// The documents of a YAML stream, as kubectl understands them: as JSON, with the scalars of YAML
/// 1.1 (so that yes and 0644 are a truth value and a number). Empty documents are left out. Error
/// (invalid) with the line, also for what is too large or refers to itself.
std::vector<Json> parseYaml(const std::string& text);

}  // namespace kube
