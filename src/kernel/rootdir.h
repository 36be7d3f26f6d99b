#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "kernel/fd.h"

/// A directory that is, or will be, somebody's root. Every path is resolved as that somebody would
/// (openat2(2), RESOLVE_IN_ROOT): no link and no ".." in it leads out, whatever the files inside
/// say.
class RootDir {
 public:
  explicit RootDir(UniqueFd directory) : directory_(std::move(directory)) {}
  static RootDir open(const std::string& path);

  int fd() const { return directory_.get(); }

  /// O_CLOEXEC is added. Nothing where it is not there.
  std::optional<UniqueFd> tryOpen(const std::string& path, int flags) const;
  UniqueFd open(const std::string& path, int flags) const;
  /// The directory with what is missing above it; also where a link leads to one that is missing.
  /// An O_PATH descriptor.
  UniqueFd makeDirectory(const std::string& path, mode_t mode = 0755) const;
  /// What is there, or else an empty file: a place to mount a file on. An O_PATH descriptor.
  UniqueFd makeFile(const std::string& path) const;

 private:
  UniqueFd makeDirectory(const std::string& path, mode_t mode, int links) const;
  UniqueFd directory_;
};
