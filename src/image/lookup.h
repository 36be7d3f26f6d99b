#pragma once

#include <string>

#include "image/layout.h"

namespace image {

/// What a user's text stands for.
struct Match {
  const Entry* entry = nullptr;  ///< null: nothing
  bool byName = false;           ///< with its name, so that one name is meant and not the image
};

/// A full id, then a name (candidates(), in their order), then the beginning of an id. Error
/// (invalid) where it can be none of them, or begins the ids of several images.
Match lookUp(const Index& index, const std::string& typed);

}  // namespace image
