#include "base/error.h"
#include "base/json.h"
#include "image/platform.h"
#include "image/reference.h"
#include "image/sha256.h"
#include "image/source.h"
#include "spec/image.h"

namespace image {
namespace {

bool isIndex(const std::string& mediaType) {
  return mediaType == "application/vnd.oci.image.index.v1+json" ||
         mediaType == "application/vnd.docker.distribution.manifest.list.v2+json";
}

std::string blobPath(const std::string& digest) {
  return "blobs/sha256/" + hexOf(digest);
}

/// The full name that an archive's writer noted. containerd notes that itself; others note the tag
/// alone or a short name, which become local names as `podman load` has them.
std::vector<std::string> namesOf(const oci::Descriptor& descriptor) {
  for (const char* key : {"io.containerd.image.name", "org.opencontainers.image.ref.name"}) {
    const auto annotation = descriptor.annotations.find(key);
    if (annotation == descriptor.annotations.end() || annotation->second.empty()) {
      continue;
    }
    try {
      return {candidates(annotation->second).front().name()};
    } catch (const Error&) {
      // Any text may stand there; an image without a name is better than none.
    }
  }
  return {};
}

void requireLayer(const oci::Descriptor& layer) {
  const std::string& type = layer.mediaType;
  const bool known = type.starts_with("application/vnd.oci.image.layer.") ||
                     type.starts_with("application/vnd.docker.image.rootfs.");
  if (!known || type.find("encrypted") != std::string::npos) {
    throw Error(ErrorKind::unsupported, cat("a layer of type \"", type, "\" cannot be unpacked"));
  }
}

SourceImage readImage(const RootDir& directory, const oci::Descriptor& descriptor) {
  SourceImage image;
  image.manifest = readDocument(directory, blobPath(descriptor.digest), descriptor.digest);
  const auto manifest =
      parseJson(image.manifest, cat("the manifest ", descriptor.digest)).get<oci::Manifest>();
  image.manifestType =
      manifest.mediaType.empty() ? descriptor.mediaType : std::string(manifest.mediaType);
  image.id = hexOf(manifest.config.digest);
  image.config = readDocument(directory, blobPath(manifest.config.digest), manifest.config.digest);
  const auto config =
      parseJson(image.config, cat("the config ", manifest.config.digest)).get<oci::ImageConfig>();
  if (config.diffIds.size() != manifest.layers.size()) {
    throw Error(ErrorKind::invalid,
                cat("it is no container image, or its config is damaged: the manifest has ",
                    manifest.layers.size(), " layers and the config ", config.diffIds.size()));
  }
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const oci::Descriptor& layer = manifest.layers[i];
    requireLayer(layer);
    image.layers.push_back(
        {blobPath(layer.digest), layer.mediaType, layer.digest, config.diffIds[i]});
  }
  return image;
}

const Json& manifestsOf(const Json& index) {
  requireObject(index, "an image index");
  const auto manifests = index.find("manifests");
  if (manifests == index.end() || !manifests->is_array() || manifests->empty()) {
    throw Error(ErrorKind::invalid, "the image index is empty");
  }
  return *manifests;
}

/// Of the images of an index that differ in their platform, this host's. Depth: an index may lie in
/// an index.
oci::Descriptor choose(const RootDir& directory, const oci::Descriptor& descriptor, int depth) {
  if (!isIndex(descriptor.mediaType)) {
    return descriptor;
  }
  if (depth == 0) {
    throw Error(ErrorKind::invalid, "image indexes lie too deep in one another");
  }
  const Json index = parseJson(
      readDocument(directory, blobPath(descriptor.digest), descriptor.digest), descriptor.digest);
  std::vector<std::string> platforms;
  for (const Json& element : manifestsOf(index)) {
    if (isHostPlatform(element)) {
      return choose(directory, element.get<oci::Descriptor>(), depth - 1);
    }
    platforms.push_back(platformText(element));
  }
  throw Error(ErrorKind::invalid, cat("it has no image for linux/", hostArchitecture(),
                                      ", only for ", join(platforms, ", ")));
}

}  // namespace

std::vector<SourceImage> readOciLayout(const RootDir& directory) {
  const Json index = parseJson(readDocument(directory, "index.json"), "index.json");
  const Json& manifests = manifestsOf(index);
  std::vector<SourceImage> images;
  for (const Json& element : manifests) {
    // A single image may be another platform's: that is its user's wish.
    if (manifests.size() > 1 && !isHostPlatform(element)) {
      continue;
    }
    const auto descriptor = element.get<oci::Descriptor>();
    const oci::Descriptor chosen = choose(directory, descriptor, 4);
    SourceImage image = readImage(directory, chosen);
    image.names = namesOf(descriptor);
    images.push_back(std::move(image));
  }
  if (images.empty()) {
    throw Error(ErrorKind::invalid, cat("it has no image for linux/", hostArchitecture()));
  }
  return images;
}

}  // namespace image
