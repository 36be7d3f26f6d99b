#include "image/unpack/layer_writer.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "image/unpack/entry_path.h"

namespace unpack {
namespace {

constexpr std::string_view whiteoutPrefix = ".wh.";
constexpr std::string_view metadataPrefix = ".wh..wh.";  ///< AUFS's own; overlayfs needs one of it
constexpr std::string_view opaqueMarker = ".wh..wh..opq";

/// What an image may bring. Labels of a security module are this host's business, and
/// trusted.overlay.* would steer the overlay.
bool isWanted(std::string_view attribute) {
  return attribute == "security.capability" || attribute.starts_with("user.");
}

void setAttributes(const char* name, archive_entry* entry, const std::string& path) {
  archive_entry_xattr_reset(entry);
  const char* attribute = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(entry, &attribute, &value, &size) == ARCHIVE_OK) {
    if (!isWanted(attribute) || lsetxattr(name, attribute, value, size, 0) == 0) {
      continue;
    }
    // Not every file system has user attributes, and no symbolic link or device has them.
    const bool optional = std::string_view(attribute).starts_with("user.");
    if (!optional || (errno != ENOTSUP && errno != EPERM)) {
      throw systemError("setting the attribute ", attribute, " of ", path);
    }
  }
}

timespec timeOf(archive_entry* entry) {
  if (archive_entry_mtime_is_set(entry) == 0) {
    return {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
  }
  return {.tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry)};
}

void setTime(const char* name, archive_entry* entry, const std::string& path) {
  const timespec time = timeOf(entry);
  const timespec times[2] = {time, time};
  if (utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW) != 0) {
    throw systemError("setting the time of ", path);
  }
}

/// Owner first: changing it clears set-id bits and security.capability.
void setOwnerAndMode(const char* name, archive_entry* entry, const std::string& path) {
  const auto uid = static_cast<uid_t>(archive_entry_uid(entry));
  const auto gid = static_cast<gid_t>(archive_entry_gid(entry));
  if (lchown(name, uid, gid) != 0) {
    throw systemError("setting the owner of ", path);
  }
  if (archive_entry_filetype(entry) != AE_IFLNK &&
      chmod(name, archive_entry_perm(entry) & 07777) != 0) {
    throw systemError("setting the mode of ", path);
  }
  setAttributes(name, entry, path);
}

bool isBelow(const std::string& path, const std::set<std::string>& directories) {
  for (std::string above = path; !above.empty();) {
    above = splitPath(above).first;
    if (directories.contains(above)) {
      return true;
    }
  }
  return false;
}

}  // namespace

void LayerWriter::add(TarReader& archive, archive_entry* entry) {
  const std::string path = entryPath(archive_entry_pathname(entry));
  if (const char* target = archive_entry_hardlink(entry); target != nullptr) {
    if (path.empty()) {
      throw Error(ErrorKind::invalid, "the archive's root is a hard link");
    }
    tree_.hardLink(path, entryPath(target));
    return;
  }
  const auto type = archive_entry_filetype(entry);
  if (type == AE_IFDIR) {
    addDirectory(path, entry);
  } else if (path.empty()) {
    throw Error(ErrorKind::invalid, "the archive's root is not a directory");
  } else if (splitPath(path).second.starts_with(whiteoutPrefix)) {
    addWhiteout(path);
  } else if (type == AE_IFREG) {
    addFile(path, archive, entry);
  } else {
    addSpecial(path, entry);
  }
}

void LayerWriter::addWhiteout(const std::string& path) {
  const std::string marker = tree_.enter(path);
  const std::string parent = splitPath(path).first;
  if (marker == opaqueMarker) {
    opaque_.insert(parent);
    return;
  }
  if (marker.starts_with(metadataPrefix)) {
    return;
  }
  const std::string name = marker.substr(whiteoutPrefix.size());
  if (name.empty() || name == "." || name == "..") {
    throw Error(ErrorKind::invalid, cat("the entry \"", path, "\" is no whiteout"));
  }
  const std::string hidden = parent.empty() ? name : cat(parent, "/", name);
  if (mknod(name.c_str(), S_IFCHR, makedev(0, 0)) == 0) {
    whiteouts_.push_back(hidden);
    return;
  }
  struct stat status {};
  if (errno != EEXIST || lstat(name.c_str(), &status) != 0) {
    throw systemError("creating the whiteout ", hidden);
  }
  // A whiteout hides what lower layers have, never what its own layer brings.
  if (S_ISDIR(status.st_mode)) {
    opaque_.insert(hidden);
  }
}

void LayerWriter::addDirectory(const std::string& path, archive_entry* entry) {
  const std::string entered = tree_.enter(path);
  const std::string name = path.empty() ? "." : entered;
  struct stat status {};
  if (!path.empty() && mkdir(name.c_str(), 0700) != 0) {
    if (errno != EEXIST || lstat(name.c_str(), &status) != 0) {
      throw systemError("creating the directory ", path);
    }
    if (!S_ISDIR(status.st_mode)) {
      const auto make = [&] { return mkdir(name.c_str(), 0700); };
      if (tree_.replace(name, path, make).whiteout) {
        opaque_.insert(path);
      }
    }
  }
  setOwnerAndMode(name.c_str(), entry, path);
  directoryTimes_[path] = timeOf(entry);
}

void LayerWriter::addFile(const std::string& path, TarReader& archive, archive_entry* entry) {
  const std::string name = tree_.enter(path);
  UniqueFd file;
  tree_.replace(name, path, [&] {
    file.reset(tree_.createFile(name));
    return file ? 0 : -1;
  });
  bytes_ += tree_.fill(file.get(), archive, entry, path);
  setOwnerAndMode(name.c_str(), entry, path);
  setTime(name.c_str(), entry, path);
}

void LayerWriter::addSpecial(const std::string& path, archive_entry* entry) {
  const auto type = archive_entry_filetype(entry);
  const std::string name = tree_.enter(path);
  const char* link = archive_entry_symlink(entry);
  if (type == AE_IFLNK && link == nullptr) {
    throw Error(ErrorKind::invalid, cat("the link \"", path, "\" has no target"));
  }
  if (type != AE_IFLNK && type != AE_IFCHR && type != AE_IFBLK && type != AE_IFIFO) {
    throw Error(ErrorKind::invalid, cat("the entry \"", path, "\" is of a kind no layer may have"));
  }
  tree_.replace(name, path, [&] {
    return type == AE_IFLNK ? symlink(link, name.c_str())
                            : mknod(name.c_str(), type | 0600, archive_entry_rdev(entry));
  });
  setOwnerAndMode(name.c_str(), entry, path);
  setTime(name.c_str(), entry, path);
}

void LayerWriter::finish() {
  removeHiddenWhiteouts();
  setDirectoryTimes();
}

/// Below an opaque directory there is nothing left to hide, and overlayfs, which takes such a
/// directory as it is, would show the whiteouts as broken files.
void LayerWriter::removeHiddenWhiteouts() {
  for (const std::string& path : whiteouts_) {
    if (!isBelow(path, opaque_)) {
      continue;
    }
    const auto [parent, name] = splitPath(path);
    const UniqueFd directory = tree_.directory(parent, O_PATH);
    struct stat status {};
    if (directory && fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        isWhiteout(status) && unlinkat(directory.get(), name.c_str(), 0) != 0) {
      throw systemError("removing the whiteout ", path);
    }
  }
}

/// At the end, since every entry made in a directory changes its time.
void LayerWriter::setDirectoryTimes() {
  for (const auto& [path, time] : directoryTimes_) {
    const UniqueFd directory = tree_.directory(path, O_RDONLY);
    if (!directory) {
      continue;  // a later entry replaced it
    }
    const timespec times[2] = {time, time};
    if (futimens(directory.get(), times) != 0) {
      throw systemError("setting the time of ", path);
    }
  }
}

}  // namespace unpack
