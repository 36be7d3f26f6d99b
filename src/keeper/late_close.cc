#include "keeper/late_close.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "keeper/diary.h"
#include "kernel/process.h"

namespace keeper {
namespace {

/// What is not in `kept` (ascending) is nothing to this process: a client's socket that it held
/// would never hang up.
void closeAllBut(const std::vector<int>& kept) {
  unsigned from = 0;
  for (const int fd : kept) {
    const auto next = static_cast<unsigned>(fd);
    if (next > from) {
      close_range(from, next - 1, 0);
    }
    from = next + 1;
  }
  close_range(from, ~0U, 0);
}

[[noreturn]] void closeWhenAlone(const std::vector<UniqueFd>& fds, int parentHolds) {
  std::vector<int> kept{parentHolds};
  std::transform(fds.begin(), fds.end(), std::back_inserter(kept),
                 [](const UniqueFd& fd) { return fd.get(); });
  std::sort(kept.begin(), kept.end());
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
    UniqueFd writing(ends[1]);
    // A child of our parent, which reaps us too.
    if (cloneProcess({.flags = CLONE_PARENT}).pid == 0) {
      closeWhenAlone(fds_, reading.get());
    }
    fds_.clear();
    writing.reset();
  });
  fds_.clear();
}

}  // namespace keeper
