#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"

namespace image {

/// What is where below the store's root:
///
///     oci-layout, index.json, blobs/sha256/HEX    an OCI image layout
///     layers/HEX/{diff,size}                      an unpacked layer by its diff id, and its bytes
///     mountpoints/ID/                             an image's topmost layer (mount_points.h)
///     staging/                                    what is in the making (staging.h)
///     lock                                        flock(2)ed by who changes any of it but staging
struct Layout {
  Path root;
  Path index() const { return root / "index.json"; }
  Path lockFile() const { return root / "lock"; }
  Path blobs() const { return root / "blobs" / "sha256"; }
  Path blob(const std::string& digest) const;
  Path layers() const { return root / "layers"; }
  Path layer(const std::string& diffId) const;
  Path layerFiles(const std::string& diffId) const { return layer(diffId) / "diff"; }
  Path layerSize(const std::string& diffId) const { return layer(diffId) / "size"; }
  Path mountPoints() const { return root / "mountpoints"; }
  Path mountPoints(const std::string& imageId) const { return mountPoints() / imageId; }
  Path staging() const { return root / "staging"; }

  /// The directories and the oci-layout file, where they are not there.
  void create() const;
};

/// One image under one name. An image has an entry per name, or one without a name.
struct Entry {
  std::string mediaType, digest;  ///< the manifest's
  std::uint64_t manifestBytes = 0;
  std::string name;        ///< full, or empty
  std::string id;          ///< the config's digits
  std::uint64_t size = 0;  ///< of the unpacked layers
};

/// index.json. Reading takes no lock, since it is replaced by rename; writing takes StoreLock.
struct Index {
  std::vector<Entry> entries;
  std::vector<Json> foreign;  ///< put there by some other program; kept as they are

  static Index read(const Layout& layout);
  void write(const Layout& layout) const;

  /// The image's names, in their order.
  std::vector<std::string> namesOf(const std::string& id) const;
  /// Adds a name to an image, or an image without one where the entry's name is empty; an image
  /// that had that name loses it. True where blobs of another manifest may now be unused.
  bool add(const Entry& entry);
  /// Takes the name away; the image stays, without a name if this was the last one.
  void removeName(const std::string& name);
  void removeImage(const std::string& id);
};

/// Held by the one process that changes the store.
class StoreLock {
 public:
  explicit StoreLock(const Layout& layout);
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  UniqueFd file_;
};

/// Takes away layers and blobs that no image has, into the trash directory. Under StoreLock.
void collectGarbage(const Layout& layout, const Path& trash);

}  // namespace image
