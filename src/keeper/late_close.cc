#include "keeper/late_close.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "keeper/diary.h"
#include "kernel/fd.h"
#include "kernel/process.h"

namespace keeper {
namespace {

/// In the process that closes. It has nothing else: a client's socket that it held would never hang
/// up. What fails in it must not go on as a second keeper.
[[noreturn]] void closeWhenAlone(const std::vector<UniqueFd>& fds, int parentHolds) noexcept {
  std::vector<int> kept{parentHolds};
  std::transform(fds.begin(), fds.end(), std::back_inserter(kept),
                 [](const UniqueFd& fd) { return fd.get(); });
  closeAllBut(kept);
  char nothing = 0;
  while (read(parentHolds, &nothing, 1) < 0 && errno == EINTR) {
  }
  for (const UniqueFd& fd : fds) {
    close(fd.get());
  }
  _exit(0);
}

}  // namespace

void LateClose::add(UniqueFd first, UniqueFd second) {
  for (UniqueFd* fd : {&first, &second}) {
    if (*fd) {
      fds_.push_back(std::move(*fd));
    }
  }
}

void LateClose::closeHere() {
  fds_.clear();
}

void LateClose::flush() {
  if (fds_.empty()) {
    return;
  }
  attempt("closing mount namespaces in the background", [this] {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw systemError("making a pipe");
    }
    const UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);  // its end tells the child that the copies here are closed
    // A child of our parent, which reaps us too.
    if (cloneProcess({.flags = CLONE_PARENT}).pid == 0) {
      closeWhenAlone(fds_, reading.get());
    }
    fds_.clear();
  });
  fds_.clear();
}

}  // namespace keeper
