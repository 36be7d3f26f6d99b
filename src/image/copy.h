#pragma once

#include <string>

#include "base/fd.h"
#include "base/file.h"

namespace image {

/// Copies what the descriptor gives from its present offset to its end into a new file; shares the
/// blocks where the file system can. Errors name the source as `what`.
void copyInto(const UniqueFd& from, const Path& to, const std::string& what);

}  // namespace image
