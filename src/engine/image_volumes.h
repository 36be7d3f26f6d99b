#pragma once

#include <string>
#include <vector>

#include "base/file.h"

namespace engine {

/// Makes the directory with what the image's layers (lowest first) have at the place `inside`, as a
/// first mount of a volume does in Podman.
void fillVolume(const Path& directory, const std::string& inside, const std::vector<Path>& layers);

}  // namespace engine
