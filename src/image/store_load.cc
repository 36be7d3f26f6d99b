#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "image/changes.h"
#include "image/copy.h"
#include "image/loader.h"
#include "image/media_type.h"
#include "image/platform.h"
#include "image/sha256.h"
#include "image/store.h"

namespace image {
namespace {

UniqueFd openArchive(const Path& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw systemError("opening ", path.string());
  }
  return file;
}

bool isDirectory(const UniqueFd& file) {
  struct stat status {};
  return fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The tar to be imported, as the layer's blob. One that image-spec has no media type for is
/// written uncompressed.
Path stageTar(Staging& staging, const UniqueFd& archive, const std::string& name) {
  Path given = staging.fresh();
  copyInto(archive, given, name);
  const UniqueFd copy = openArchive(given);
  if (mediaType::ofLayer(copy)) {
    return given;
  }
  Path plain = staging.fresh();
  const Path empty = staging.fresh();
  makeDirectories(empty, 0700);
  const UniqueFd output(open(plain.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!output) {
    throw systemError("creating ", plain.string());
  }
  HelperRun::plain(copy, output, empty).finish();
  return plain;
}

/// Everything of the new image but its layer.
SourceImage describe(oci::ImageConfig config, const Unpacked& layer, const std::string& type) {
  SourceImage image;
  config.diffIds = {layer.diffId};
  image.config = printJson(config);
  const std::string digest = sha256(image.config);
  image.id = hexOf(digest);
  oci::Manifest manifest;
  manifest.mediaType = mediaType::manifest;
  manifest.config = {.mediaType = mediaType::config,
                     .digest = digest,
                     .size = image.config.size(),
                     .annotations = {}};
  manifest.layers = {
      {.mediaType = type, .digest = layer.blob, .size = layer.blobBytes, .annotations = {}}};
  image.manifest = printJson(manifest);
  image.manifestType = mediaType::manifest;
  image.layers = {{.path = "", .mediaType = type, .blob = layer.blob, .diffId = layer.diffId}};
  return image;
}

oci::ImageConfig newConfig(const std::vector<std::string>& changes, const std::string& message) {
  oci::ImageConfig config;
  config.created = formatTime(now());
  config.architecture = hostArchitecture();
  config.os = "linux";
  for (const std::string& change : changes) {
    applyChange(config, change);
  }
  config.history = printJson(Json::array(
      {Json{{"created", config.created}, {"created_by", "peapod import"}, {"comment", message}}}));
  return config;
}

}  // namespace

std::vector<std::string> Store::load(const Path& archive) {
  return within(cat("loading ", archive.string()), [&] {
    const Layout layout{root_};
    UniqueFd file = openArchive(archive);
    Staging staging(layout);
    const bool directory = isDirectory(file);
    if (!directory) {
      const Path work = staging.fresh();
      makeDirectories(work, 0700);
      HelperRun::archive(file, work).finish();
      file = openArchive(work);
    }
    const RootDir source(std::move(file));
    return Loader(layout, staging, source, !directory).load(readSource(source));
  });
}

std::string Store::import(const Path& archive, const std::optional<std::string>& name,
                          const std::vector<std::string>& changes, const std::string& message) {
  return within(cat("importing ", archive.string()), [&] {
    const Layout layout{root_};
    const oci::ImageConfig config = newConfig(changes, message);
    const std::optional<Reference> reference =
        name ? std::optional(candidates(*name).front()) : std::nullopt;
    const UniqueFd file = openArchive(archive);
    if (isDirectory(file)) {
      throw Error(ErrorKind::invalid, "it is a directory; the tar of a root file system is wanted");
    }
    Staging staging(layout);
    const Path blob = stageTar(staging, file, archive.string());
    const Path files = staging.fresh();
    makeDirectories(files, 0700);
    makeDirectories(files / "diff", 0755);
    const UniqueFd staged = openArchive(blob);
    const Unpacked found = HelperRun::layer(staged, files / "diff").finish();
    replaceFile(files / "size", std::to_string(found.bytes));
    SourceImage image =
        describe(config, found, mediaType::ofLayer(staged).value_or(mediaType::layer));
    if (reference) {
      image.names = {reference->name()};
    }
    const StagedLayer layer{
        .diffId = found.diffId, .blob = found.blob, .blobFile = blob, .files = files};
    if (!commitImages(layout, staging, {layer}, {image})) {
      throw Error(ErrorKind::internal, "the layer is gone before it came to its place");
    }
    return image.id;
  });
}

}  // namespace image
