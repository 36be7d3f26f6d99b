#pragma once

#include "base/file.h"

namespace engine {

/// Directories that are nobody's any more: gone from their place at once and deleted when nobody
/// waits any more (Engine's end). Freeing a container's files waits for the disk, often longer than
/// all the rest of a removal. What a process left that was killed on the way, the next one deletes.
class Trash {
 public:
  /// Its own directory, on the file system of those that come into it; made when it is needed.
  explicit Trash(Path directory) : directory_(std::move(directory)) {}

  /// It need not exist.
  void add(const Path& directory);
  /// Something was added.
  bool used() const { return used_; }
  /// Deletes all that is in it, one process at a time.
  void empty() const;

 private:
  Path directory_;
  bool used_ = false;
};

}  // namespace engine
