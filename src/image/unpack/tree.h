#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>

#include "base/fd.h"
#include "image/unpack/stream.h"

namespace unpack {

/// The directory that is filled: the process's root. Paths are those of entryPath(). No step leaves
/// it through a symbolic link that the archive itself made; one that stays inside is followed.
class Tree {
 public:
  Tree();

  /// Makes the path's directory, with what is missing above it (0755), the working directory, and
  /// returns the path's last piece (empty for the root). Error (invalid) that names the entry where
  /// a link on the way leads out.
  std::string enter(const std::string& path);

  /// What had a name before.
  struct Existing {
    bool directory = false, whiteout = false;
  };
  /// Runs make (which returns 0 or -1 with errno, as system calls do) for a name in the working
  /// directory; what has that name already is removed first, a tree included. Returns what it was.
  Existing replace(const std::string& name, const std::string& path,
                   const std::function<int()>& make);

  /// The present entry's contents, holes kept, in a new file in the working directory, which must
  /// not exist (EEXIST is left in errno and -1 returned). The mode is 0600 for the time being.
  int createFile(const std::string& name);
  /// Returns the size of what was written.
  std::uint64_t fill(int file, TarReader& archive, archive_entry* entry, const std::string& path);
  /// A hard link to what an earlier entry made. `path` is the entry's.
  void hardLink(const std::string& path, const std::string& target);

  /// The directory at the path, opened with the flags; an empty descriptor with errno where it
  /// cannot be.
  UniqueFd directory(const std::string& path, int flags) const;

 private:
  UniqueFd makeDirectory(const std::string& path, const std::string& entry);

  UniqueFd root_;
  std::string present_;  ///< the working directory's path
};

bool isWhiteout(const struct stat& status);

}  // namespace unpack
