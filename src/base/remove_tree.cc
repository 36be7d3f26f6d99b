#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <memory>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

namespace {

/// One descriptor and one directory stream a level: more levels than this are moved up to the top
/// of the tree, so that a tree of any depth costs the same.
constexpr int levelsAtOnce = 48;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory streamOf(UniqueFd fd, const std::string& path) {
  Directory directory(fdopendir(fd.get()));
  if (!directory) {
    throw systemError("reading directory ", path);
  }
  static_cast<void>(fd.release());  // the stream owns it now
  return directory;
}

/// What is being removed was written by containers: nothing in it may lead out of it.
UniqueFd openBelow(int parent, const char* name, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  UniqueFd fd(static_cast<int>(syscall(SYS_openat2, parent, name, &how, sizeof how)));
  if (!fd) {
    if (errno == EXDEV) {
      throw Error(ErrorKind::in_use,
                  cat("removing ", path, "/", name, ": something is mounted there"), EBUSY);
    }
    throw systemError("opening ", path, "/", name);
  }
  return fd;
}

class TreeRemover {
 public:
  TreeRemover(int top, std::string path) : top_(top), path_(std::move(path)) {}

  /// Empties the top directory.
  void run() {
    do {
      moved_ = false;
      UniqueFd again(openat(top_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!again) {
        throw systemError("opening ", path_);
      }
      empty(std::move(again), path_, 0);
    } while (moved_);
  }

 private:
  void empty(UniqueFd fd, const std::string& path, int level) {
    const Directory directory = streamOf(std::move(fd), path);
    const int at = dirfd(directory.get());
    errno = 0;
    while (const dirent* entry = readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        remove(at, entry->d_name, path, level);
      }
      errno = 0;
    }
    if (errno != 0) {
      throw systemError("reading directory ", path);
    }
  }

  void remove(int at, const char* name, const std::string& path, int level) {
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT) {
      return;
    }
    // Linux says EISDIR of a directory, POSIX and some file systems EPERM.
    if (errno != EISDIR && errno != EPERM) {
      throw systemError("removing ", path, "/", name);
    }
    const int unlinkError = errno;
    if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
      return;
    }
    if (errno == ENOTDIR) {
      errno = unlinkError;
      throw systemError("removing ", path, "/", name);
    }
    if (level + 1 == levelsAtOnce) {
      moveToTop(at, name, path);
      return;
    }
    empty(openBelow(at, name, path), cat(path, "/", name), level + 1);
    if (unlinkat(at, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
      throw systemError("removing ", path, "/", name);
    }
  }

  void moveToTop(int at, const char* name, const std::string& path) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      const std::string target = cat(".removing-", ++number_);
      if (renameat2(at, name, top_, target.c_str(), RENAME_NOREPLACE) == 0) {
        moved_ = true;
        return;
      }
      if (errno != EEXIST) {
        break;
      }
    }
    throw systemError("moving ", path, "/", name, " to be removed");
  }

  int top_;
  std::string path_;
  std::uint64_t number_ = 0;
  bool moved_ = false;
};

}  // namespace

void removeTree(const Path& path) {
  // "link/" would name what the link points at.
  const std::string name = path.has_filename() ? path.native() : path.parent_path().native();
  if (unlink(name.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) {
    return;
  }
  if (errno != EISDIR && errno != EPERM) {
    throw systemError("removing ", name);
  }
  if (rmdir(name.c_str()) == 0) {
    return;
  }
  if (errno != ENOTEMPTY && errno != EEXIST) {
    throw systemError("removing ", name);
  }
  const UniqueFd top(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!top) {
    throw systemError("opening ", name);
  }
  TreeRemover(top.get(), name).run();
  if (rmdir(name.c_str()) != 0 && errno != ENOENT) {
    throw systemError("removing ", name);
  }
}
