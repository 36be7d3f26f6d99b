#include "kernel/fd.h"

#include <algorithm>

#include "base/error.h"

namespace {

void closeRange(unsigned first, unsigned last) {
  if (close_range(first, last, 0) != 0) {
    throw systemError("closing descriptors");
  }
}

}  // namespace

void closeAllBut(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned from = 0;
  for (const int fd : kept) {
    const auto next = static_cast<unsigned>(fd);
    if (next > from) {
      closeRange(from, next - 1);
    }
    from = next + 1;
  }
  closeRange(from, ~0U);
}
