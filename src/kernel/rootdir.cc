#include "kernel/rootdir.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <climits>
#include <filesystem>

#include "base/error.h"

namespace {

using std::filesystem::path;

constexpr int maxLinks = 40;  // as the kernel's own MAXSYMLINKS

int openInside(int root, const std::string& name, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename or mount elsewhere on the system raced with a "..", see openat2(2).
  for (int attempt = 0;; ++attempt) {
    const long fd = syscall(SYS_openat2, root, name.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN || attempt == 128) {
      return static_cast<int>(fd);
    }
  }
}

/// Where a dangling link at the name leads, seen from the root.
std::optional<std::string> linkTarget(int parent, const path& name) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(parent, name.filename().c_str(), target, sizeof target);
  if (length < 0) {
    return std::nullopt;
  }
  return (name.parent_path() / std::string(target, static_cast<std::size_t>(length))).native();
}

std::string withoutTrailingSlash(const std::string& name) {
  const auto last = name.find_last_not_of('/');
  return last == std::string::npos ? "/" : name.substr(0, last + 1);
}

}  // namespace

RootDir RootDir::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    throw systemError("opening root directory ", path);
  }
  return RootDir(std::move(fd));
}

std::optional<UniqueFd> RootDir::tryOpen(const std::string& path, int flags) const {
  UniqueFd fd(openInside(directory_.get(), path, flags));
  if (fd) {
    return fd;
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return std::nullopt;
  }
  throw systemError("opening ", path, " in the root file system");
}

UniqueFd RootDir::open(const std::string& path, int flags) const {
  UniqueFd fd(openInside(directory_.get(), path, flags));
  if (!fd) {
    throw systemError("opening ", path, " in the root file system");
  }
  return fd;
}

UniqueFd RootDir::makeDirectory(const std::string& path, mode_t mode) const {
  return makeDirectory(withoutTrailingSlash(path), mode, 0);
}

UniqueFd RootDir::makeDirectory(const std::string& path, mode_t mode, int links) const {
  UniqueFd there(openInside(directory_.get(), path, O_PATH | O_DIRECTORY));
  if (there) {
    return there;
  }
  if (errno != ENOENT || links > maxLinks) {
    throw systemError("creating directory ", path, " in the root file system");
  }
  const std::filesystem::path full(path);
  const UniqueFd parent = makeDirectory(
      full.has_relative_path() && full.has_parent_path() ? full.parent_path().native() : "/", mode,
      links + 1);
  if (mkdirat(parent.get(), full.filename().c_str(), mode) != 0) {
    if (errno != EEXIST) {
      throw systemError("creating directory ", path, " in the root file system");
    }
    if (const auto target = linkTarget(parent.get(), full)) {
      return makeDirectory(*target, mode, links + 1);
    }
  }
  return open(path, O_PATH | O_DIRECTORY);
}

UniqueFd RootDir::makeFile(const std::string& path) const {
  std::filesystem::path full(withoutTrailingSlash(path));
  for (int links = 0; links < maxLinks; ++links) {
    if (auto there = tryOpen(full.native(), O_PATH)) {
      return std::move(*there);
    }
    const UniqueFd parent = makeDirectory(full.parent_path().native());
    const UniqueFd made(openat(parent.get(), full.filename().c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!made && errno != EEXIST) {
      throw systemError("creating file ", path, " in the root file system");
    }
    if (const auto target = linkTarget(parent.get(), full)) {
      full = *target;
    }
  }
  throw Error(ErrorKind::system,
              cat("creating file ", path, " in the root file system: too many links"), ELOOP);
}
