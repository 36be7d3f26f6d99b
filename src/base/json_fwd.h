#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "base/text.h"

/// The documents' type by its name only. All of it (base/json.h) costs the compiler seconds per
/// file, so headers that merely hand documents on include this.
using Json = nlohmann::ordered_json;
