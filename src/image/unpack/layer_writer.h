#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "image/unpack/tree.h"

namespace unpack {

/// Fills the root directory from a layer's entries (image-spec layer.md) in overlayfs's form:
/// ".wh.NAME" becomes a 0:0 character device NAME, and a directory with ".wh..wh..opq" is one that
/// hides what lower layers have there. To mark those takes trusted.overlay.opaque and so
/// CAP_SYS_ADMIN, which this process must not have: they are only named, the caller marks them.
class LayerWriter {
 public:
  void add(TarReader& archive, archive_entry* entry);
  /// After the last entry: what had to wait until everything is there.
  void finish();

  std::uint64_t bytes() const { return bytes_; }  ///< of regular files
  /// Paths below the root of the directories to be marked; empty for the root itself.
  const std::set<std::string>& opaque() const { return opaque_; }

 private:
  void addWhiteout(const std::string& path);
  void addDirectory(const std::string& path, archive_entry* entry);
  void addFile(const std::string& path, TarReader& archive, archive_entry* entry);
  void addSpecial(const std::string& path, archive_entry* entry);
  void setDirectoryTimes();
  void removeHiddenWhiteouts();

  Tree tree_;
  std::uint64_t bytes_ = 0;
  std::map<std::string, timespec> directoryTimes_;
  std::set<std::string> opaque_;
  std::vector<std::string> whiteouts_;
};

}  // namespace unpack
