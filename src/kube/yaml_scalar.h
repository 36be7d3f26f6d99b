#pragma once

#include <string>

#include "base/json.h"

namespace kube {

/// What a scalar without quotes means (YAML 1.1 as kubectl reads it): null, a truth value, a
/// number, or else a text.
Json plainScalar(const std::string& text);

}  // namespace kube
