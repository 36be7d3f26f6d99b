#include "image/store.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "image/lookup.h"
#include "image/staging.h"

namespace image {
namespace {

Error unknown(const std::string& typed) {
  return {ErrorKind::not_found,
          cat("no image \"", typed,
              "\" in the local store; peapod images lists what there is, peapod load adds to it")};
}

/// Nothing where the image has been removed since the index was read.
std::optional<Image> assemble(const Layout& layout, const Index& index, const Entry& entry) {
  const auto text = readFileIfExists(layout.blob(entry.id));
  if (!text) {
    return std::nullopt;
  }
  Image image;
  image.id = entry.id;
  image.digest = entry.digest;
  image.names = index.namesOf(entry.id);
  image.config = parseJson(*text, cat("the config of image ", entry.id)).get<oci::ImageConfig>();
  image.size = entry.size;
  for (const std::string& diffId : image.config.diffIds) {
    image.layers.push_back(layout.layerFiles(diffId));
  }
  const Path mountPoints = layout.mountPoints(entry.id);
  if (std::filesystem::exists(mountPoints)) {
    image.mountPoints = mountPoints;
  }
  image.created = parseTime(image.config.created).value_or(Time{});
  return image;
}

std::string normalized(const std::string& name) {
  const Reference reference = candidates(name).front();
  if (!reference.digest.empty()) {
    throw Error(ErrorKind::invalid, cat("\"", name, "\" has a digest, which no one can give"));
  }
  return reference.name();
}

Entry require(const Index& index, const std::string& typed) {
  const Match match = lookUp(index, typed);
  if (match.entry == nullptr) {
    throw unknown(typed);
  }
  return *match.entry;
}

}  // namespace

Store::Store(Path root) : root_(std::move(root)) {}

std::optional<Image> Store::find(const std::string& typed) const {
  const Layout layout{root_};
  const Index index = Index::read(layout);
  const Match match = lookUp(index, typed);
  return match.entry == nullptr ? std::nullopt : assemble(layout, index, *match.entry);
}

Image Store::get(const std::string& typed) const {
  auto image = find(typed);
  if (!image) {
    throw unknown(typed);
  }
  return std::move(*image);
}

std::vector<Image> Store::list() const {
  const Layout layout{root_};
  const Index index = Index::read(layout);
  std::vector<Image> images;
  for (const Entry& entry : index.entries) {
    const bool seen = std::any_of(images.begin(), images.end(),
                                  [&](const Image& image) { return image.id == entry.id; });
    if (auto image = seen ? std::nullopt : assemble(layout, index, entry)) {
      images.push_back(std::move(*image));
    }
  }
  return images;
}

void Store::tag(const std::string& typed, const std::string& name) {
  const Layout layout{root_};
  get(typed);
  const std::string full = normalized(name);
  const StoreLock lock(layout);
  Index index = Index::read(layout);
  Entry entry = require(index, typed);
  entry.name = full;
  index.add(entry);
  index.write(layout);
}

void Store::untag(const std::string& typed, const std::vector<std::string>& names) {
  const Layout layout{root_};
  const Image image = get(typed);
  const StoreLock lock(layout);
  Index index = Index::read(layout);
  for (const std::string& name : names.empty() ? image.names : names) {
    const Match match = lookUp(index, name);
    if (match.entry == nullptr || !match.byName || match.entry->id != image.id) {
      throw Error(ErrorKind::not_found,
                  cat("image ", image.id.substr(0, 12), " has no name \"", name, "\""));
    }
    index.removeName(std::string(match.entry->name));
  }
  index.write(layout);
}

Store::Removed Store::remove(const std::string& typed, bool force,
                             const std::function<void(const Image&)>& beforeDelete) {
  const Layout layout{root_};
  get(typed);
  const Staging staging(layout);
  const StoreLock lock(layout);
  Index index = Index::read(layout);
  const Match match = lookUp(index, typed);
  if (match.entry == nullptr) {
    throw unknown(typed);
  }
  const Entry entry = *match.entry;
  const std::vector<std::string> names = index.namesOf(entry.id);
  if (match.byName && names.size() > 1) {
    index.removeName(entry.name);
    index.write(layout);
    return {.untagged = {entry.name}, .deleted = {}};
  }
  if (names.size() > 1 && !force) {
    throw Error(ErrorKind::in_use,
                cat("image ", entry.id.substr(0, 12), " has several names (", join(names, ", "),
                    "): name the one to take away, or use --force"));
  }
  if (const auto image = assemble(layout, index, entry); image && beforeDelete) {
    beforeDelete(*image);
  }
  index.removeImage(entry.id);
  index.write(layout);
  collectGarbage(layout, staging.trash());
  return {.untagged = names, .deleted = {entry.id}};
}

}  // namespace image
