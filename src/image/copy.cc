#include "image/copy.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace image {
namespace {

constexpr std::size_t chunk = 1 << 20;

void writeAll(int fd, std::string_view data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t written = write(fd, data.data(), data.size());
    if (written < 0 && errno != EINTR) {
      throw systemError("copying ", what);
    }
    data.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

/// For pipes, and between file systems of different kinds.
void copyByReading(int from, int to, const std::string& what) {
  std::string buffer(chunk, '\0');
  for (;;) {
    const ssize_t got = read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw systemError("reading ", what);
    }
    if (got == 0) {
      return;
    }
    writeAll(to, {buffer.data(), static_cast<std::size_t>(got)}, what);
  }
}

}  // namespace

void copyInto(const UniqueFd& from, const Path& to, const std::string& what) {
  const UniqueFd file(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) {
    throw systemError("creating ", to.string());
  }
  for (;;) {
    const ssize_t copied =
        copy_file_range(from.get(), nullptr, file.get(), nullptr, chunk << 10, 0);
    if (copied > 0 || (copied < 0 && errno == EINTR)) {
      continue;
    }
    if (copied < 0 && (errno == ENOSPC || errno == EIO || errno == EDQUOT || errno == EFBIG)) {
      throw systemError("copying ", what);
    }
    // At the end of a file this finds nothing more; where the kernel cannot do it, it does it.
    copyByReading(from.get(), file.get(), what);
    return;
  }
}

}  // namespace image
