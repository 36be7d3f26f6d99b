#include "image/layout.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "image/sha256.h"
#include "spec/image.h"

namespace image {
namespace {

constexpr const char* nameKey = "org.opencontainers.image.ref.name";
constexpr const char* idKey = "peapod.image.id";
constexpr const char* sizeKey = "peapod.image.size";

std::optional<Entry> parseEntry(const Json& json) {
  const auto descriptor = json.get<oci::Descriptor>();
  const auto& annotations = descriptor.annotations;
  const auto id = annotations.find(idKey);
  const auto size = annotations.find(sizeKey);
  if (id == annotations.end() || size == annotations.end()) {
    return std::nullopt;
  }
  const auto name = annotations.find(nameKey);
  return Entry{.mediaType = descriptor.mediaType,
               .digest = descriptor.digest,
               .manifestBytes = descriptor.size,
               .name = name == annotations.end() ? "" : name->second,
               .id = id->second,
               .size = parseNumber<std::uint64_t>(size->second).value_or(0)};
}

Json print(const Entry& entry) {
  oci::Descriptor descriptor{.mediaType = entry.mediaType,
                             .digest = entry.digest,
                             .size = entry.manifestBytes,
                             .annotations = {}};
  if (!entry.name.empty()) {
    descriptor.annotations[nameKey] = entry.name;
  }
  descriptor.annotations[idKey] = entry.id;
  descriptor.annotations[sizeKey] = std::to_string(entry.size);
  return descriptor;
}

/// What the images of the index need, by the names of files and directories.
struct Needed {
  std::set<std::string> blobs, layers, images;
};

Needed neededBy(const Layout& layout, const Index& index) {
  Needed needed;
  for (const Entry& entry : index.entries) {
    if (!needed.blobs.insert(hexOf(entry.digest)).second) {
      continue;
    }
    const auto manifest =
        parseJson(readFile(layout.blob(entry.digest)), entry.digest).get<oci::Manifest>();
    for (const oci::Descriptor& blob : manifest.layers) {
      needed.blobs.insert(hexOf(blob.digest));
    }
    needed.blobs.insert(entry.id);
    needed.images.insert(entry.id);
    const auto config =
        parseJson(readFile(layout.blob(entry.id)), entry.id).get<oci::ImageConfig>();
    for (const std::string& diffId : config.diffIds) {
      needed.layers.insert(hexOf(diffId));
    }
  }
  return needed;
}

void discard(const Path& from, const std::set<std::string>& keep, const Path& trash) {
  for (const auto& file : std::filesystem::directory_iterator(from)) {
    const Path name = file.path().filename();
    if (!keep.contains(name)) {
      makeDirectories(trash / from.filename(), 0700);
      std::filesystem::rename(file.path(), trash / from.filename() / name);
    }
  }
}

}  // namespace

Path Layout::blob(const std::string& digest) const {
  return blobs() / hexOf(digest);
}

Path Layout::layer(const std::string& diffId) const {
  return layers() / hexOf(diffId);
}

void Layout::create() const {
  // Set-id programs lie in the layers: nobody else gets there.
  makeDirectories(root, 0700);
  makeDirectories(blobs(), 0755);
  makeDirectories(layers(), 0700);
  makeDirectories(mountPoints(), 0700);
  makeDirectories(staging(), 0700);
  if (!std::filesystem::exists(root / "oci-layout")) {
    replaceFile(root / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }
}

Index Index::read(const Layout& layout) {
  Index index;
  const auto text = readFileIfExists(layout.index());
  if (!text) {
    return index;
  }
  within(cat("reading ", layout.index().string()), [&] {
    const Json json = parseJson(*text, "the index of images");
    const auto manifests = json.find("manifests");
    if (manifests == json.end() || !manifests->is_array()) {
      throw Error(ErrorKind::invalid, "it has no list of manifests");
    }
    for (const Json& element : *manifests) {
      if (auto entry = parseEntry(element)) {
        index.entries.push_back(std::move(*entry));
      } else {
        index.foreign.push_back(element);
      }
    }
  });
  return index;
}

void Index::write(const Layout& layout) const {
  Json manifests = Json::array();
  for (const Entry& entry : entries) {
    manifests.push_back(print(entry));
  }
  for (const Json& entry : foreign) {
    manifests.push_back(entry);
  }
  const Json json{{"schemaVersion", 2},
                  {"mediaType", "application/vnd.oci.image.index.v1+json"},
                  {"manifests", std::move(manifests)}};
  replaceFile(layout.index(), printJson(json));
}

std::vector<std::string> Index::namesOf(const std::string& id) const {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    if (entry.id == id && !entry.name.empty()) {
      names.push_back(entry.name);
    }
  }
  return names;
}

bool Index::add(const Entry& entry) {
  const auto sameImage = [&](const Entry& other) { return other.id == entry.id; };
  if (entry.name.empty()) {
    if (!std::any_of(entries.begin(), entries.end(), sameImage)) {
      entries.push_back(entry);
    }
    return true;
  }
  removeName(entry.name);
  // An image that has a name needs no entry without one.
  const auto dropped = std::erase_if(
      entries, [&](const Entry& other) { return sameImage(other) && other.name.empty(); });
  entries.push_back(entry);
  return dropped > 0;
}

void Index::removeName(const std::string& name) {
  const auto named = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  if (named == entries.end()) {
    return;
  }
  const auto count = std::count_if(entries.begin(), entries.end(),
                                   [&](const Entry& entry) { return entry.id == named->id; });
  if (count > 1) {
    entries.erase(named);
  } else {
    named->name.clear();
  }
}

void Index::removeImage(const std::string& id) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.id == id; });
}

StoreLock::StoreLock(const Layout& layout)
    : file_(open(layout.lockFile().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (!file_) {
    throw systemError("opening ", layout.lockFile().string());
  }
  while (flock(file_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      throw systemError("locking ", layout.lockFile().string());
    }
  }
}

StoreLock::~StoreLock() {
  // A child that was just forked has the descriptor too; closing it would not end the lock.
  flock(file_.get(), LOCK_UN);
}

void collectGarbage(const Layout& layout, const Path& trash) {
  const Index index = Index::read(layout);
  const Needed needed = neededBy(layout, index);
  discard(layout.layers(), needed.layers, trash);
  discard(layout.mountPoints(), needed.images, trash);
  // What another program put into the index may need any of the blobs.
  if (index.foreign.empty()) {
    discard(layout.blobs(), needed.blobs, trash);
  }
}

}  // namespace image
