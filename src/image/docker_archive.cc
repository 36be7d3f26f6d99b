#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "image/reference.h"
#include "image/sha256.h"
#include "image/source.h"
#include "spec/image.h"

namespace image {
namespace {

/// "abc...def" of "abc...def.json" or "blobs/sha256/abc...def", which is how the writers of these
/// archives state the digest; empty for another name.
std::string digestInName(const std::string& path) {
  std::string name = Path(path).filename();
  if (name.ends_with(".json")) {
    name.resize(name.size() - 5);
  }
  const bool digest =
      name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
  return digest ? "sha256:" + name : "";
}

SourceImage readImage(const RootDir& directory, const Json& json) {
  requireObject(json, "an image in manifest.json");
  std::string configPath;
  std::vector<std::string> tags, layers;
  readMember(json, "Config", configPath);
  readMember(json, "RepoTags", tags);
  readMember(json, "Layers", layers);
  if (configPath.empty()) {
    throw Error(ErrorKind::invalid, "manifest.json names no config");
  }
  SourceImage image;
  image.config = readDocument(directory, configPath, digestInName(configPath));
  image.id = hexOf(sha256(image.config));
  const auto config = parseJson(image.config, configPath).get<oci::ImageConfig>();
  if (config.diffIds.size() != layers.size()) {
    throw Error(ErrorKind::invalid, cat("manifest.json has ", layers.size(), " layers and ",
                                        configPath, " has ", config.diffIds.size()));
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    image.layers.push_back({layers[i], "", "", config.diffIds[i]});
  }
  for (const std::string& tag : tags) {
    // Docker writes the names of its own registry in their short form.
    image.names.push_back(candidates(tag).back().name());
  }
  return image;
}

}  // namespace

std::vector<SourceImage> readDockerArchive(const RootDir& directory) {
  const Json manifest = parseJson(readDocument(directory, "manifest.json"), "manifest.json");
  if (!manifest.is_array() || manifest.empty()) {
    throw Error(ErrorKind::invalid, "manifest.json lists no images");
  }
  std::vector<SourceImage> images;
  for (const Json& json : manifest) {
    images.push_back(readImage(directory, json));
  }
  return images;
}

}  // namespace image
