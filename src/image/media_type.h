#pragma once

#include <optional>
#include <string>

#include "base/fd.h"

/// Media types of image-spec 1.0 for documents that the store writes itself.
namespace image::mediaType {

constexpr const char* manifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* config = "application/vnd.oci.image.config.v1+json";
constexpr const char* layer = "application/vnd.oci.image.layer.v1.tar";

/// Of a layer by its first bytes: plain, gzip or zstd. Nothing for a compression that image-spec
/// has no type for (xz, bzip2).
std::optional<std::string> ofLayer(const UniqueFd& file);

}  // namespace image::mediaType
