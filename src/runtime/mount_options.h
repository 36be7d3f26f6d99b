#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/mount.h"

namespace runtime {

/// The options of an OCI mount, sorted: those of the mount, and those of the file system
/// ("size=64k", "newinstance").
struct MountOptions {
  bool bind = false, recursive = false;
  MountAttributes attributes;
  bool recursiveAttributes = false;  ///< all of them, as "rro" says
  std::vector<std::pair<std::string, std::string>> data;

  /// Of a bind mount, whose source is a file system already: options for that are an Error
  /// (invalid) that names one.
  static MountOptions parse(const std::vector<std::string>& options);
  bool has(std::string_view option) const;
};

/// "shared" or "rshared", ...: MS_SHARED, ... Nothing for another word.
std::optional<std::uint64_t> propagationByName(std::string_view name);

}  // namespace runtime
