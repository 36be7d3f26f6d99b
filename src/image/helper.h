#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/file.h"

namespace image {

/// What the helper found while it read a file.
struct Unpacked {
  std::string blob;    ///< the file's digest
  std::string diffId;  ///< digest of the file uncompressed
  std::uint64_t blobBytes = 0;
  std::uint64_t bytes = 0;  ///< of the regular files it unpacked (layers only)
};

/// A run of the program that reads archives, peapod-unpack: it is confined to one directory, so
/// that a malicious archive finds nothing else. Several may run at once. Destroyed before it was
/// waited for, it is killed and reaped.
class HelperRun {
 public:
  /// A layer into the empty directory, in overlayfs's form.
  static HelperRun layer(const UniqueFd& archive, const Path& directory);
  /// An archive of regular files, directories and links into the empty directory.
  static HelperRun archive(const UniqueFd& archive, const Path& directory);
  /// Only reads the file, for its digests. The empty directory is all that it can see.
  static HelperRun digest(const UniqueFd& archive, const Path& empty);
  /// Writes the file uncompressed.
  static HelperRun plain(const UniqueFd& archive, const UniqueFd& output, const Path& empty);

  HelperRun(HelperRun&& other) noexcept;
  HelperRun(const HelperRun&) = delete;
  HelperRun& operator=(const HelperRun&) = delete;
  HelperRun& operator=(HelperRun&&) = delete;
  ~HelperRun();

  /// Waits for its end. Error with the helper's line: invalid where the archive is to blame.
  Unpacked finish();

 private:
  HelperRun(const char* mode, int archive, const Path& directory, int output);
  /// The status of the process; nothing, with errno, where it cannot be had.
  std::optional<int> reap();

  Path directory_;
  pid_t pid_ = -1;
  UniqueFd result_;
};

}  // namespace image
