#include "engine/trash.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "kernel/process.h"

namespace engine {
namespace {

/// One process at a time, and the last one sees what all before it added.
[[noreturn]] void deleteAllIn(const Path& directory) {
  setsid();
  // Whoever reads our caller's output does not wait for us.
  close_range(0, ~0U, 0);
  try {
    const UniqueFd lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock && flock(lock.get(), LOCK_EX) == 0) {
      for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        removeTree(entry.path());
      }
    }
  } catch (const std::exception&) {
    // Nobody hears it; the next one tries again.
    _exit(1);
  }
  _exit(0);
}

}  // namespace

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

Trash::~Trash() {
  if (!used_) {
    return;
  }
  try {
    if (cloneProcess({}).pid == 0) {
      deleteAllIn(directory_);
    }
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): no process now; the next one deletes it
  }
}

}  // namespace engine
