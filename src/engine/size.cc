#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "engine/context.h"

namespace engine {

namespace {

/// What is hard-linked counts once. Somebody may be writing: what goes away meanwhile counts
/// nothing.
std::uint64_t bytesBelow(const Path& directory) {
  using std::filesystem::recursive_directory_iterator;
  std::uint64_t bytes = 0;
  std::set<ino_t> linked;
  std::error_code gone;
  recursive_directory_iterator entry(directory, gone);
  while (!gone && entry != recursive_directory_iterator()) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_nlink == 1 || linked.insert(status.st_ino).second)) {
      bytes += static_cast<std::uint64_t>(status.st_size);
    }
    entry.increment(gone);
  }
  return bytes;
}

}  // namespace

ContainerSize Engine::containerSize(const ContainerSummary& container) {
  if (container.infra) {
    return {};
  }
  const std::uint64_t written = bytesBelow(state_->layout.container(container.id) / "upper");
  const auto image = state_->images.find(container.imageId);
  return {written, written + (image ? image->size : 0)};
}

}  // namespace engine
