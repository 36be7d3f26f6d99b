#include "image/commit.h"

#include <algorithm>

#include "base/error.h"
#include "base/rollback.h"
#include "image/mount_points.h"
#include "image/sha256.h"

namespace image {
namespace {

void moveTo(const Path& from, const Path& to) {
  if (!from.empty() && !std::filesystem::exists(to)) {
    std::filesystem::rename(from, to);
  }
}

void writeBlob(const Layout& layout, const std::string& digest, const std::string& text) {
  const Path path = layout.blob(digest);
  if (!std::filesystem::exists(path)) {
    replaceFile(path, text);
  }
}

std::uint64_t sizeOf(const Layout& layout, const SourceImage& image) {
  std::uint64_t size = 0;
  for (const SourceLayer& layer : image.layers) {
    size += parseNumber<std::uint64_t>(trim(readFile(layout.layerSize(layer.diffId)))).value_or(0);
  }
  return size;
}

std::vector<std::string> diffIdsOf(const SourceImage& image) {
  std::vector<std::string> diffIds;
  for (const SourceLayer& layer : image.layers) {
    diffIds.push_back(layer.diffId);
  }
  return diffIds;
}

/// True where something may now be unused.
bool addToIndex(Index& index, const Layout& layout, const SourceImage& image) {
  Entry entry{.mediaType = image.manifestType,
              .digest = sha256(image.manifest),
              .manifestBytes = image.manifest.size(),
              .name = "",
              .id = image.id,
              .size = sizeOf(layout, image)};
  writeBlob(layout, image.id, image.config);
  writeBlob(layout, entry.digest, image.manifest);
  if (image.names.empty()) {
    return index.add(entry);
  }
  bool unused = false;
  for (const std::string& name : image.names) {
    entry.name = name;
    unused = index.add(entry) || unused;
  }
  return unused;
}

}  // namespace

bool commitImages(const Layout& layout, Staging& staging, const std::vector<StagedLayer>& layers,
                  const std::vector<SourceImage>& images) {
  const StoreLock lock(layout);
  Rollback rollback;  // also of use at the end: the collection takes only what nothing needs
  rollback.add([&] {
    try {
      collectGarbage(layout, staging.trash());
    } catch (const std::exception&) {
      // What lies about unused is found by the next removal.
    }
  });
  for (const StagedLayer& layer : layers) {
    moveTo(layer.files, layout.layer(layer.diffId));
    moveTo(layer.blobFile, layout.blob(layer.blob));
  }
  const bool complete = std::all_of(layers.begin(), layers.end(), [&](const StagedLayer& layer) {
    return std::filesystem::exists(layout.layer(layer.diffId)) &&
           std::filesystem::exists(layout.blob(layer.blob));
  });
  if (!complete) {
    return false;
  }
  Index index = Index::read(layout);
  bool unused = false;
  for (const SourceImage& image : images) {
    addMountPoints(layout, staging, image.id, diffIdsOf(image));
    unused = addToIndex(index, layout, image) || unused;
  }
  index.write(layout);
  if (!unused) {
    rollback.commit();
  }
  return true;
}

}  // namespace image
