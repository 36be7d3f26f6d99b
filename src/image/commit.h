#pragma once

#include <string>
#include <vector>

#include "image/layout.h"
#include "image/source.h"
#include "image/staging.h"

namespace image {

/// A layer that was made or looked up for a new image.
struct StagedLayer {
  std::string diffId, blob;  ///< digests
  /// What the staging directory has of it; empty where the store had it at that time.
  Path blobFile;
  Path files;  ///< with diff and size
};

/// Makes the images part of the store in one go, under its lock: layers and blobs are moved to
/// their places, then the index names the images. False, with nothing changed, where something that
/// the store had has been removed from it meanwhile.
bool commitImages(const Layout& layout, Staging& staging, const std::vector<StagedLayer>& layers,
                  const std::vector<SourceImage>& images);

}  // namespace image
