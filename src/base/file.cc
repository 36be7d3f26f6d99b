#include "base/file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>

#include "base/error.h"
#include "base/fd.h"

namespace {

std::string readAll(int fd, const Path& path) {
  std::string text;
  std::array<char, 16384> buffer;  // NOLINT: filling it costs more than reading a small file
  while (true) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      return text;
    } else if (errno != EINTR) {
      throw systemError("reading ", path.native());
    }
  }
}

void writeAll(int fd, std::string_view text, const Path& path) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw systemError("writing ", path.native());
    }
  }
}

/// A name that no other writer of the same file picks, in any PID namespace.
Path temporaryBeside(const Path& path) {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) {
    throw systemError("reading random numbers");
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(number));
  return path.parent_path() / cat(".", path.filename().native(), ".", digits.data());
}

}  // namespace

std::optional<std::string> readFileIfExists(const Path& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    throw systemError("opening ", path.native());
  }
  return readAll(fd.get(), path);
}

std::string readFile(const Path& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    throw systemError("opening ", path.native());
  }
  return readAll(fd.get(), path);
}

void replaceFile(const Path& path, std::string_view text, mode_t mode) {
  const Path temporary = temporaryBeside(path);
  UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd) {
    throw systemError("creating ", path.native());
  }
  try {
    writeAll(fd.get(), text, path);
    // The mode that was asked for, whatever the umask is.
    if (fchmod(fd.get(), mode) != 0) {
      throw systemError("setting the mode of ", path.native());
    }
    if (rename(temporary.c_str(), path.c_str()) != 0) {
      throw systemError("replacing ", path.native());
    }
  } catch (const Error&) {
    unlink(temporary.c_str());
    throw;
  }
}

void writeKnob(const Path& path, std::string_view text) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd) {
    throw systemError("opening ", path.native());
  }
  const ssize_t count = write(fd.get(), text.data(), text.size());
  if (count < 0) {
    throw systemError("writing \"", trim(text), "\" to ", path.native());
  }
  if (static_cast<std::size_t>(count) != text.size()) {
    throw Error(ErrorKind::system, cat("writing \"", trim(text), "\" to ", path.native(),
                                       ": only a part of it was taken"));
  }
}

void replaceKnob(const Path& path, std::string_view from, std::string_view to) {
  if (const auto text = readFileIfExists(path); text && trim(*text) == from) {
    writeKnob(path, to);
  }
}

void makeDirectories(const Path& path, mode_t mode) {
  if (path.empty() || mkdir(path.c_str(), mode) == 0) {
    return;
  }
  if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path) {
    makeDirectories(path.parent_path(), mode);
    if (mkdir(path.c_str(), mode) == 0) {
      return;
    }
  }
  if (errno != EEXIST) {
    throw systemError("creating directory ", path.native());
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::system,
                cat("creating directory ", path.native(), ": something else has that name"),
                ENOTDIR);
  }
}
