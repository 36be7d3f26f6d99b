#include "image/loader.h"

#include <algorithm>
#include <deque>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "image/layer_work.h"
#include "image/media_type.h"
#include "spec/image.h"

namespace image {
namespace {

/// A load whose layers are removed again and again meanwhile must come to an end.
constexpr int maxAttempts = 5;

}  // namespace

Loader::Loader(Layout layout, Staging& staging, const RootDir& source, bool own)
    : layout_(std::move(layout)), staging_(staging), source_(source), own_(own) {}

std::vector<std::string> Loader::load(std::vector<SourceImage> images) {
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    const std::vector<StagedLayer> layers = prepare(images, attempt > 0);
    for (SourceImage& image : images) {
      finishManifest(image);
    }
    if (!commitImages(layout_, staging_, layers, images)) {
      continue;
    }
    std::vector<std::string> names;
    for (const SourceImage& image : images) {
      names.insert(names.end(), image.names.begin(), image.names.end());
      if (image.names.empty()) {
        names.push_back("sha256:" + image.id);
      }
    }
    return names;
  }
  throw Error(ErrorKind::in_use,
              "other commands remove its layers as fast as they come; try again");
}

std::vector<StagedLayer> Loader::prepare(const std::vector<SourceImage>& images, bool everything) {
  std::vector<StagedLayer> staged;
  std::deque<LayerWork> running;
  const auto finishOldest = [&] {
    found_[running.front().path()] = running.front().finish();
    staged.push_back(running.front().staged());
    running.pop_front();
  };
  // Each helper hashes and decompresses by itself.
  const std::size_t limit = std::max(1U, std::thread::hardware_concurrency());
  std::set<std::string> seen, unpacked;
  for (const SourceImage& image : images) {
    for (const SourceLayer& layer : image.layers) {
      if (!seen.insert(cat(layer.path, " ", layer.diffId)).second) {
        continue;
      }
      LayerWork::Plan plan{.ownFile = own_};
      plan.unpack = unpacked.insert(layer.diffId).second &&
                    (everything || !std::filesystem::exists(layout_.layer(layer.diffId)));
      plan.takeBlob =
          everything || layer.blob.empty() || !std::filesystem::exists(layout_.blob(layer.blob));
      if (!plan.unpack && !plan.takeBlob) {
        staged.push_back({.diffId = layer.diffId, .blob = layer.blob, .blobFile = {}, .files = {}});
        continue;
      }
      if (running.size() == limit) {
        finishOldest();
      }
      running.emplace_back(layout_, staging_, source_, layer, plan);
    }
  }
  while (!running.empty()) {
    finishOldest();
  }
  return staged;
}

/// Docker's archives have no manifest; the store's is made from what they have.
void Loader::finishManifest(SourceImage& image) const {
  if (!image.manifest.empty()) {
    return;
  }
  oci::Manifest manifest;
  manifest.mediaType = mediaType::manifest;
  manifest.config = {.mediaType = mediaType::config,
                     .digest = "sha256:" + image.id,
                     .size = image.config.size(),
                     .annotations = {}};
  for (const SourceLayer& layer : image.layers) {
    const auto type = mediaType::ofLayer(openSource(source_, layer.path));
    if (!type) {
      throw Error(ErrorKind::unsupported,
                  cat("the layer ", layer.path, " is compressed with neither gzip nor zstd"));
    }
    const Unpacked& found = found_.at(layer.path);
    manifest.layers.push_back(
        {.mediaType = *type, .digest = found.blob, .size = found.blobBytes, .annotations = {}});
  }
  image.manifest = printJson(manifest);
  image.manifestType = manifest.mediaType;
}

}  // namespace image
