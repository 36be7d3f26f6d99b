#include "image/layer_work.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "image/copy.h"
#include "image/sha256.h"

namespace image {
namespace {

UniqueFd openFile(const Path& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw systemError("opening ", path.string());
  }
  return file;
}

void requireDigest(const char* what, const std::string& expected, const std::string& found) {
  if (!expected.empty() && expected != found) {
    throw Error(ErrorKind::invalid, cat("it is damaged: the digest of ", what, " should be ",
                                        expected, " and is ", found));
  }
}

}  // namespace

LayerWork::LayerWork(const Layout& layout, Staging& staging, const RootDir& source,
                     SourceLayer layer, Plan plan)
    : layer_(std::move(layer)) {
  within(operation(), [&] {
    const UniqueFd blob = plan.takeBlob ? takeBlob(staging, source, plan.ownFile)
                                        : openFile(layout.blob(layer_.blob));
    const Path directory = staging.fresh();
    makeDirectories(directory, 0700);
    if (!plan.unpack) {
      helper_.emplace(HelperRun::digest(blob, directory));
      return;
    }
    files_ = directory;
    makeDirectories(files_ / "diff", 0755);
    helper_.emplace(HelperRun::layer(blob, files_ / "diff"));
  });
}

std::string LayerWork::operation() const {
  return cat("layer ", hexOf(layer_.diffId).substr(0, 12), " (", layer_.path, ")");
}

UniqueFd LayerWork::takeBlob(Staging& staging, const RootDir& source, bool ownFile) {
  const UniqueFd file = openSource(source, layer_.path);
  blobFile_ = staging.fresh();
  const std::string link = cat("/proc/self/fd/", file.get());
  if (!ownFile) {
    copyInto(file, blobFile_, layer_.path);
  } else if (linkat(AT_FDCWD, link.c_str(), AT_FDCWD, blobFile_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    throw systemError("linking it to ", blobFile_.string());
  }
  return openFile(blobFile_);
}

Unpacked LayerWork::finish() {
  within(operation(), [&] {
    found_ = helper_->finish();
    requireDigest("the file", layer_.blob, found_.blob);
    requireDigest("its contents", layer_.diffId, found_.diffId);
    if (!files_.empty()) {
      replaceFile(files_ / "size", std::to_string(found_.bytes));
    }
  });
  return found_;
}

StagedLayer LayerWork::staged() const {
  return {.diffId = layer_.diffId, .blob = found_.blob, .blobFile = blobFile_, .files = files_};
}

}  // namespace image
