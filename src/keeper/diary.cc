#include "keeper/diary.h"

#include <unistd.h>

#include "base/time.h"

namespace keeper {

void note(const std::string& text) {
  const std::string line = cat(formatLocalTime(now()), " ", text, "\n");
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) {
    return;  // there is nowhere else to say it
  }
}

}  // namespace keeper
