#include "image/unpack/tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "image/unpack/entry_path.h"

namespace unpack {
namespace {

/// A directory that is not there yet and a dangling link look alike until one tries to make it.
Error leadsOut(const std::string& entry, const std::string& directory) {
  return {ErrorKind::invalid, cat("the entry \"", entry, "\" is refused: a symbolic link at \"",
                                  directory, "\" leads out of the archive")};
}

void removeAny(const std::string& name, const std::string& path) {
  std::error_code code;
  std::filesystem::remove_all(name, code);
  if (code) {
    throw Error(ErrorKind::system, cat("replacing ", path, ": ", code.message()), code.value());
  }
}

void writeAt(int file, std::string_view data, std::int64_t offset, const std::string& path) {
  while (!data.empty()) {
    const ssize_t written = pwrite(file, data.data(), data.size(), offset);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      throw systemError("writing ", path);
    }
    data.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
}

}  // namespace

bool isWhiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

Tree::Tree() : root_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!root_) {
    throw systemError("opening the target directory");
  }
}

UniqueFd Tree::directory(const std::string& path, int flags) const {
  open_how how{};
  how.flags = static_cast<unsigned>(flags) | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, root_.get(), name, &how, sizeof how)));
}

UniqueFd Tree::makeDirectory(const std::string& path, const std::string& entry) {
  UniqueFd found = directory(path, O_PATH);
  if (found) {
    return found;
  }
  if (errno == EXDEV || errno == ELOOP) {
    throw leadsOut(entry, path);
  }
  if (errno != ENOENT || path.empty()) {
    throw systemError("making the directory ", path, " for ", entry);
  }
  const auto [above, name] = splitPath(path);
  const UniqueFd parent = makeDirectory(above, entry);
  if (mkdirat(parent.get(), name.c_str(), 0755) != 0) {
    if (errno == EEXIST) {
      throw Error(ErrorKind::invalid,
                  cat("the entry \"", entry, "\" is refused: \"", path,
                      "\" is a symbolic link to something that the archive does not have"));
    }
    throw systemError("making the directory ", path);
  }
  found = directory(path, O_PATH);
  if (!found) {
    throw systemError("opening the directory ", path);
  }
  return found;
}

std::string Tree::enter(const std::string& path) {
  auto [parent, name] = splitPath(path);
  if (parent != present_) {
    const UniqueFd directory = makeDirectory(parent, path);
    if (fchdir(directory.get()) != 0) {
      throw systemError("entering ", parent);
    }
    present_ = parent;
  }
  return name;
}

Tree::Existing Tree::replace(const std::string& name, const std::string& path,
                             const std::function<int()>& make) {
  if (make() == 0) {
    return {};
  }
  if (errno != EEXIST) {
    throw systemError("creating ", path);
  }
  struct stat status {};
  if (lstat(name.c_str(), &status) != 0) {
    throw systemError("looking at ", path);
  }
  removeAny(name, path);
  if (make() != 0) {
    throw systemError("creating ", path);
  }
  return {.directory = S_ISDIR(status.st_mode), .whiteout = isWhiteout(status)};
}

int Tree::createFile(const std::string& name) {
  return open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

std::uint64_t Tree::fill(int file, TarReader& archive, archive_entry* entry,
                         const std::string& path) {
  TarReader::Block block;
  std::int64_t end = 0;
  while (archive.nextBlock(block)) {
    writeAt(file, block.data, block.offset, path);
    end = block.offset + static_cast<std::int64_t>(block.data.size());
  }
  const std::int64_t size = archive_entry_size(entry);
  if (size > end && ftruncate(file, size) != 0) {
    throw systemError("writing ", path);
  }
  return static_cast<std::uint64_t>(std::max(size, end));
}

void Tree::hardLink(const std::string& path, const std::string& target) {
  if (path == target) {
    return;
  }
  const auto [targetParent, targetName] = splitPath(target);
  const UniqueFd directory = this->directory(targetParent, O_PATH);
  if (!directory && (errno == EXDEV || errno == ELOOP)) {
    throw leadsOut(path, targetParent);
  }
  struct stat status {};
  if (!directory ||
      fstatat(directory.get(), targetName.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    throw Error(ErrorKind::invalid, cat("the entry \"", path, "\" is a hard link to \"", target,
                                        "\", which the archive does not have before it"));
  }
  const std::string name = enter(path);
  replace(name, path, [&, from = targetName.c_str()] {
    return linkat(directory.get(), from, AT_FDCWD, name.c_str(), 0);
  });
}

}  // namespace unpack
