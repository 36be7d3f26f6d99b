#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/time.h"
#include "image/reference.h"
#include "spec/image.h"

namespace image {

/// An image of the store.
struct Image {
  std::string id;                  ///< the config's digest, 64 digits without "sha256:"
  std::string digest;              ///< the manifest's, with "sha256:"
  std::vector<std::string> names;  ///< full names; none for one whose name was taken over
  oci::ImageConfig config;
  std::uint64_t size = 0;    ///< bytes of the unpacked layers
  std::vector<Path> layers;  ///< the unpacked layers' directories, lowest first; the bottom of a
                             ///< container's overlay
  /// Above them in a container's overlay, where it could be made: what every container has
  /// something mounted on.
  std::optional<Path> mountPoints;
  Time created{};
};

/// The images under one root: an OCI image layout (image-layout.md of image-spec 1.0) whose index
/// names them by the "org.opencontainers.image.ref.name" annotation, and in layers/ below it one
/// directory per unpacked layer, named by its diff id, whose diff/ is in overlayfs's form
/// (whiteouts are 0:0 character devices, opaque directories have trusted.overlay.opaque=y). A layer
/// is unpacked beside its place and renamed, so what is there is whole. Many processes may use it
/// at once.
class Store {
 public:
  explicit Store(Path root);

  /// By full or short name, or by id or a prefix of it that is unique. Nothing if there is none.
  std::optional<Image> find(const std::string& typed) const;
  /// The same; Error (not_found) that says the name and what to do.
  Image get(const std::string& typed) const;
  std::vector<Image> list() const;

  /// Takes the images of a docker-archive, an oci-archive (plain or compressed tar) or an OCI
  /// layout directory into the store, layers unpacked. Returns their names, or "sha256:ID" for one
  /// without. Nothing is left after an error.
  std::vector<std::string> load(const Path& archive);
  /// A root file system (tar, plain or compressed) becomes an image of one layer. `changes` are
  /// Dockerfile lines: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR.
  /// Returns the id.
  std::string import(const Path& archive, const std::optional<std::string>& name,
                     const std::vector<std::string>& changes, const std::string& message);
  void tag(const std::string& typed, const std::string& name);
  void untag(const std::string& typed, const std::vector<std::string>& names);

  struct Removed {
    std::vector<std::string> untagged, deleted;
  };
  /// Takes the name away and, with the last name, the image with the layers and blobs that no other
  /// image has. An image that has several names and is named by id is Error (in_use) without force.
  /// Where the image itself is to go, `beforeDelete` is called first with the store locked; what it
  /// throws keeps the image.
  Removed remove(const std::string& typed, bool force,
                 const std::function<void(const Image&)>& beforeDelete = {});

 private:
  Path root_;
};

}  // namespace image
