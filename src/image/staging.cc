#include "image/staging.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"

namespace image {
namespace {

UniqueFd openDirectory(const Path& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

struct Stale {
  Path path;
  UniqueFd lock;
};

/// Directories whose processes are dead, now locked by this one. Nothing where another process is
/// making or looking for one at this moment.
std::vector<Stale> takeStale(const Path& staging) {
  std::vector<Stale> stale;
  const UniqueFd all = openDirectory(staging);
  if (!all || flock(all.get(), LOCK_EX | LOCK_NB) != 0) {
    return stale;
  }
  for (const auto& directory : std::filesystem::directory_iterator(staging)) {
    UniqueFd lock = openDirectory(directory.path());
    if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
      stale.push_back({directory.path(), std::move(lock)});
    }
  }
  return stale;
}

void removeStale(const Layout& layout) {
  const std::vector<Stale> stale = takeStale(layout.staging());
  if (stale.empty()) {
    return;
  }
  {
    const StoreLock lock(layout);
    collectGarbage(layout, stale.front().path / "trash");
  }
  for (const Stale& directory : stale) {
    removeTree(directory.path);
  }
}

}  // namespace

Staging::Staging(const Layout& layout) {
  layout.create();
  removeStale(layout);
  // Between making and locking it, nobody may take it for a dead process's.
  const UniqueFd all = openDirectory(layout.staging());
  if (!all || flock(all.get(), LOCK_SH) != 0) {
    throw systemError("locking ", layout.staging().string());
  }
  std::string name = layout.staging() / "XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw systemError("making a directory in ", layout.staging().string());
  }
  path_ = name;
  lock_ = openDirectory(path_);
  if (!lock_ || flock(lock_.get(), LOCK_EX) != 0) {
    throw systemError("locking ", name);
  }
}

Staging::~Staging() {
  try {
    removeTree(path_);
  } catch (const Error&) {
    // The next process takes it for what it is: left over.
  }
}

Path Staging::fresh() {
  return path_ / std::to_string(count_++);
}

}  // namespace image
