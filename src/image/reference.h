#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace image {

/// A full image name: "registry/repository:tag" or "registry/repository@sha256:...".
struct Reference {
  std::string registry, repository, tag, digest;
  std::string name() const;  ///< "docker.io/library/nginx:latest"
  bool operator==(const Reference&) const = default;
};

/// Reads a name as the user typed it. One without a registry is completed with localhost/ and then
/// docker.io/ (and library/ where it is one word), in this order, as Podman does; without tag and
/// digest, with "latest". Error (invalid) where it is no image name.
std::vector<Reference> candidates(std::string_view typed);

}  // namespace image
