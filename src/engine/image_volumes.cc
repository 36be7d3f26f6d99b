#include "engine/image_volumes.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/fd.h"

namespace engine {

namespace {

constexpr int deepestDirectory = 256;

/// A path below a layer, without following any link: what is written in an image must not lead
/// outside. Empty where it is not there or behind a link.
UniqueFd openBeneath(int directory, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(
      static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how))));
}

[[noreturn]] void failed(const char* step, const std::string& name) {
  throw systemError("copying the image's content of a volume: ", step, " ", name);
}

void copyOwner(int from, int to, const struct stat& status, const std::string& name) {
  const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
  if (::fchown(to, status.st_uid, status.st_gid) != 0 ||
      ::fchmod(to, status.st_mode & 07777) != 0) {
    failed("owner of", name);
  }
  ::futimens(to, times.data());
  std::array<char, 256> capability{};
  const ssize_t size =
      ::fgetxattr(from, "security.capability", capability.data(), capability.size());
  if (size > 0) {
    ::fsetxattr(to, "security.capability", capability.data(), static_cast<std::size_t>(size), 0);
  }
}

void copyFile(int fromDirectory, int toDirectory, const std::string& name,
              const struct stat& status) {
  const UniqueFd from(::openat(fromDirectory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const UniqueFd to(::openat(toDirectory, name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!from || !to) {
    failed("open", name);
  }
  off_t left = status.st_size;
  while (left > 0) {
    const ssize_t copied = ::copy_file_range(from.get(), nullptr, to.get(), nullptr,
                                             static_cast<std::size_t>(left), 0);
    if (copied < 0) {
      failed("copy", name);
    }
    if (copied == 0) {
      break;
    }
    left -= copied;
  }
  copyOwner(from.get(), to.get(), status, name);
}

void copyLink(int fromDirectory, int toDirectory, const std::string& name,
              const struct stat& status) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(fromDirectory, name.c_str(), target.data(), target.size() - 1);
  if (size < 0 || ::symlinkat(target.data(), toDirectory, name.c_str()) != 0 ||
      ::fchownat(toDirectory, name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) !=
          0) {
    failed("link", name);
  }
}

void copyNode(int toDirectory, const std::string& name, const struct stat& status) {
  if (::mknodat(toDirectory, name.c_str(), status.st_mode, status.st_rdev) != 0 ||
      ::fchownat(toDirectory, name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) !=
          0) {
    failed("node", name);
  }
}

std::vector<std::string> namesIn(int directory) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), ::closedir);
  if (!stream) {
    failed("list", "a directory");
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
  }
  return names;
}

bool isOpaque(int directory) {
  char value = 0;
  return ::fgetxattr(directory, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

bool isWhiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

/// Lays one layer's directory over what lower ones have given.
class Overlayer {
 public:
  static void lay(int from, const Path& to, int depth) {
    if (depth > deepestDirectory) {
      throw Error(ErrorKind::invalid,
                  cat("the image's content at ", to.native(), " is nested too deep"));
    }
    if (isOpaque(from)) {
      for (const auto& entry : std::filesystem::directory_iterator(to)) {
        removeTree(entry.path());
      }
    }
    const UniqueFd directory(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) {
      failed("open", to.native());
    }
    for (const std::string& name : namesIn(from)) {
      layEntry(from, directory.get(), to / name, depth);
    }
    struct stat status {};
    ::fstat(from, &status);
    copyOwner(from, directory.get(), status, to.native());
  }

 private:
  static void layEntry(int from, int toDirectory, const Path& to, int depth) {
    const std::string name = to.filename().native();
    struct stat status {};
    if (::fstatat(from, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      failed("stat", name);
    }
    struct stat there {};
    const bool exists = ::fstatat(toDirectory, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    const bool merges = exists && S_ISDIR(status.st_mode) && S_ISDIR(there.st_mode);
    if (exists && !merges) {
      removeTree(to);
    }
    if (isWhiteout(status)) {
      return;
    }
    if (S_ISDIR(status.st_mode)) {
      if (!merges && ::mkdirat(toDirectory, name.c_str(), 0700) != 0) {
        failed("mkdir", name);
      }
      const UniqueFd below = openBeneath(from, name, O_RDONLY | O_DIRECTORY);
      if (!below) {
        failed("open", name);
      }
      lay(below.get(), to, depth + 1);
    } else if (S_ISREG(status.st_mode)) {
      copyFile(from, toDirectory, name, status);
    } else if (S_ISLNK(status.st_mode)) {
      copyLink(from, toDirectory, name, status);
    } else {
      copyNode(toDirectory, name, status);
    }
  }
};

/// The layer hides what lower ones have at the path: a whiteout, a file or a link in its way, or an
/// opaque directory.
bool hidesLower(int layer, const std::string& path) {
  std::string prefix;
  for (const std::string& piece : split(path, '/')) {
    if (piece.empty()) {
      continue;
    }
    prefix += prefix.empty() ? piece : "/" + piece;
    const UniqueFd entry = openBeneath(layer, prefix, O_PATH | O_NOFOLLOW);
    struct stat status {};
    if (!entry || ::fstat(entry.get(), &status) != 0) {
      return false;
    }
    if (!S_ISDIR(status.st_mode)) {
      return true;
    }
    const UniqueFd directory = openBeneath(layer, prefix, O_RDONLY | O_DIRECTORY);
    if (directory && isOpaque(directory.get())) {
      return true;
    }
  }
  return false;
}

}  // namespace

void fillVolume(const Path& directory, const std::string& inside, const std::vector<Path>& layers) {
  makeDirectories(directory);
  const std::string place = Path(inside + "/.").lexically_normal().relative_path().native();
  for (const Path& layer : layers) {
    const UniqueFd root(::open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
      throw systemError("opening the image layer ", layer.native());
    }
    if (hidesLower(root.get(), place)) {
      removeTree(directory);
      makeDirectories(directory);
    }
    if (const UniqueFd from = openBeneath(root.get(), place, O_RDONLY | O_DIRECTORY)) {
      Overlayer::lay(from.get(), directory, 0);
    }
  }
}

}  // namespace engine
