#pragma once

#include <optional>

#include "image/commit.h"
#include "image/helper.h"

namespace image {

/// One layer on its way into the store: its blob is taken into the staging directory, read once by
/// a helper that hashes and unpacks it, and compared with what the image says.
class LayerWork {
 public:
  /// What there is to do.
  struct Plan {
    bool unpack = true;    ///< false: the store has it unpacked, its digests are still checked
    bool takeBlob = true;  ///< false: the store has the blob
    bool ownFile = false;  ///< the source is ours, a link does for a copy
  };

  /// Starts the helper.
  LayerWork(const Layout& layout, Staging& staging, const RootDir& source, SourceLayer layer,
            Plan plan);

  const std::string& path() const { return layer_.path; }
  /// Waits for the helper. Error (invalid) where the layer is damaged or not what it should be.
  Unpacked finish();
  StagedLayer staged() const;

 private:
  std::string operation() const;
  UniqueFd takeBlob(Staging& staging, const RootDir& source, bool ownFile);

  SourceLayer layer_;
  Path blobFile_, files_;
  Unpacked found_;
  std::optional<HelperRun> helper_;
};

}  // namespace image
