#pragma once

#include <string>
#include <vector>

#include "kernel/rootdir.h"

namespace image {

/// A layer as an archive has it.
struct SourceLayer {
  std::string path;       ///< below the archive's root
  std::string mediaType;  ///< empty: to be found out
  std::string blob;       ///< digest; empty where the archive does not say
  std::string diffId;     ///< digest of the layer uncompressed
};

/// An image as an archive has it. Digests of texts are checked, those of layers are not yet.
struct SourceImage {
  std::vector<std::string> names;      ///< full ones
  std::string id;                      ///< the config's digits
  std::string config;                  ///< the document
  std::string manifest, manifestType;  ///< the document; empty where there is none (docker-archive)
  std::vector<SourceLayer> layers;     ///< lowest first
};

/// The images of an unpacked archive or a directory: an OCI image layout (image-layout.md) or what
/// `docker save` and `podman save` write (manifest.json). Of an image that comes for several
/// platforms, this host's. Error (invalid) where it is neither or is incomplete.
std::vector<SourceImage> readSource(const RootDir& directory);

/// A regular file of it; Error (invalid) where it is not there.
UniqueFd openSource(const RootDir& directory, const std::string& path);

// Its parts: one file for each form
std::vector<SourceImage> readOciLayout(const RootDir& directory);
std::vector<SourceImage> readDockerArchive(const RootDir& directory);
/// The text of a small file, whose digest must be the one given, if one is.
std::string readDocument(const RootDir& directory, const std::string& path,
                         const std::string& digest = "");

}  // namespace image
