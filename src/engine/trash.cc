#include "engine/trash.h"

#include <fcntl.h>
#include <sys/file.h>

#include "base/error.h"
#include "base/fd.h"

namespace engine {

void Trash::add(const Path& directory) {
  const Path target = directory_ / directory.filename();
  used_ = true;
  if (rename(directory.c_str(), target.c_str()) == 0) {
    return;
  }
  if (errno == ENOENT) {
    makeDirectories(directory_, 0700);
    if (rename(directory.c_str(), target.c_str()) == 0 || errno == ENOENT) {
      return;
    }
  }
  throw systemError("removing ", directory.native());
}

void Trash::empty() const {
  const UniqueFd turn(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!turn || flock(turn.get(), LOCK_EX) != 0) {
    throw systemError("emptying ", directory_.native());
  }
  // The last in the row sees what all before it added.
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    removeTree(entry.path());
  }
}

}  // namespace engine
