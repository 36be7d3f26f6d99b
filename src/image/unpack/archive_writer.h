#pragma once

#include "image/unpack/tree.h"

namespace unpack {

/// Fills the root directory from the entries of an image archive: regular files, directories and
/// links, all of them this user's. Anything else is refused.
class ArchiveWriter {
 public:
  void add(TarReader& archive, archive_entry* entry);

 private:
  Tree tree_;
};

}  // namespace unpack
