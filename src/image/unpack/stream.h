#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "image/sha256.h"
#include "image/unpack/gunzip.h"

namespace unpack {

struct ArchiveCloser {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, ArchiveCloser>;

/// A file as it comes, decompressed by what it is (gzip, zstd, xz, bzip2 or none of them), in one
/// pass that hashes both forms.
class Stream {
 public:
  explicit Stream(int fd);

  /// The next decompressed bytes, valid until the next call; empty at the end. Error (invalid)
  /// where the compressed form is damaged or ends early.
  std::string_view next();

  struct Sums {
    std::string input, plain;  ///< digests
    std::uint64_t inputBytes = 0;
  };
  /// Reads what is left to its end. Nothing can be read after it.
  Sums finish();

 private:
  /// The next bytes of the file; empty at its end.
  std::string_view readInput();
  static la_ssize_t giveInput(archive* handle, void* self, const void** buffer);
  void open();
  std::string_view nextOfFilters();
  /// Otherwise both digests are one.
  bool isCompressed();

  int fd_;
  std::string buffer_;
  std::string_view first_;  ///< what was read to see what the file is
  std::exception_ptr inputError_;
  image::Sha256 input_, plain_;
  std::uint64_t inputBytes_ = 0;
  bool opened_ = false;
  std::optional<Gunzip> gunzip_;
  ArchiveHandle filters_;
};

/// The entries of the tar archive that a stream holds.
class TarReader {
 public:
  explicit TarReader(Stream& stream);

  /// The next entry, or null at the end. Error (invalid) where the archive is damaged or is none.
  archive_entry* next();

  struct Block {
    std::string_view data;
    std::int64_t offset = 0;  ///< what lies between two blocks is a hole
  };
  /// The next piece of the present entry's contents; false at their end.
  bool nextBlock(Block& block);

 private:
  static la_ssize_t readStream(archive* handle, void* self, const void** buffer);

  Stream& stream_;
  std::string entryName_;
  std::exception_ptr streamError_;
  ArchiveHandle tar_;
};

}  // namespace unpack
