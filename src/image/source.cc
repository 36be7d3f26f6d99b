#include "image/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "image/sha256.h"

namespace image {
namespace {

constexpr off_t documentLimit = 16 << 20;

bool has(const RootDir& directory, const std::string& path) {
  return directory.tryOpen(path, O_PATH).has_value();
}

}  // namespace

UniqueFd openSource(const RootDir& directory, const std::string& path) {
  // Not to be held up by a fifo in a directory that somebody else made.
  auto file = directory.tryOpen(path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (!file) {
    throw Error(ErrorKind::invalid, cat("it is incomplete: it has no ", path));
  }
  if (fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::invalid, cat(path, " is not a regular file"));
  }
  return std::move(*file);
}

std::string readDocument(const RootDir& directory, const std::string& path,
                         const std::string& digest) {
  const UniqueFd file = openSource(directory, path);
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || status.st_size > documentLimit) {
    throw Error(ErrorKind::invalid, cat(path, " is too large for what it should be"));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = pread(file.get(), text.data(), text.size(), 0);
  if (got < 0) {
    throw systemError("reading ", path);
  }
  text.resize(static_cast<std::size_t>(got));
  if (!digest.empty() && sha256(text) != digest) {
    throw Error(ErrorKind::invalid,
                cat(path, " is damaged: its digest should be ", digest, " and is ", sha256(text)));
  }
  return text;
}

std::vector<SourceImage> readSource(const RootDir& directory) {
  if (has(directory, "index.json") && has(directory, "oci-layout")) {
    return readOciLayout(directory);
  }
  if (has(directory, "manifest.json")) {
    return readDockerArchive(directory);
  }
  throw Error(ErrorKind::invalid,
              "it is no image archive: it has neither index.json (OCI) nor manifest.json (docker); "
              "for the tar of a root file system use peapod import");
}

}  // namespace image
