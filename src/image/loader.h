#pragma once

#include <map>
#include <string>
#include <vector>

#include "image/commit.h"
#include "image/helper.h"

namespace image {

/// Takes images from an opened archive into the store: every layer is verified and unpacked in the
/// staging directory before any of it becomes part of the store.
class Loader {
 public:
  /// `own`: the source is the staging directory's, so files may be taken over instead of copied.
  Loader(Layout layout, Staging& staging, const RootDir& source, bool own);

  /// Returns the images' names, or "sha256:ID" for one without.
  std::vector<std::string> load(std::vector<SourceImage> images);

 private:
  /// Stages and verifies the layers, those that the store has only if told to.
  std::vector<StagedLayer> prepare(const std::vector<SourceImage>& images, bool everything);
  void finishManifest(SourceImage& image) const;

  Layout layout_;
  Staging& staging_;
  const RootDir& source_;
  bool own_;
  std::map<std::string, Unpacked> found_;  ///< by the layer's path
};

}  // namespace image
