#pragma once

#include "base/fd.h"
#include "image/layout.h"

namespace image {

/// A directory of its own for what one process is making or throwing away, on the store's file
/// system, removed with everything in it at the end. It is locked as long as its process lives,
/// so that the next one sees what a dead process left: making a Staging removes those, and with
/// them layers and blobs that were moved into place for an image that never came to be.
class Staging {
 public:
  explicit Staging(const Layout& layout);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const Path& path() const { return path_; }
  /// For what is to be removed.
  Path trash() const { return path_ / "trash"; }
  /// A new name below it.
  Path fresh();

 private:
  Path path_;
  UniqueFd lock_;
  unsigned count_ = 0;
};

}  // namespace image
