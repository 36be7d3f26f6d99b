#pragma once

#include <string>

#include "base/json.h"

namespace image {

/// In the words of image-spec (which are Go's): "amd64", "arm64", ...
std::string hostArchitecture();

/// Whether the "platform" of a descriptor in an image index is this host's. One without is any.
bool isHostPlatform(const Json& descriptor);
/// "linux/arm64/v8"; "any" for one without.
std::string platformText(const Json& descriptor);

}  // namespace image
