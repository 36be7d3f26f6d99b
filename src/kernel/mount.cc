#include "kernel/mount.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/error.h"
#include "kernel/pidfd.h"

DetachedMount DetachedMount::clone(int directory, const std::string& path, bool recursive) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (path.empty() ? AT_EMPTY_PATH : 0U) |
                         (recursive ? AT_RECURSIVE : 0U);
  UniqueFd fd(open_tree(directory, path.c_str(), flags));
  if (!fd) {
    throw systemError("cloning the mount at ", path.empty() ? "." : path);
  }
  return DetachedMount(std::move(fd));
}

void DetachedMount::change(const MountAttributes& attributes, bool recursive) const {
  mount_attr request{attributes.set, attributes.clear, attributes.propagation, 0};
  if (mount_setattr(fd_.get(), "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &request,
                    sizeof request) != 0) {
    throw systemError("changing mount attributes");
  }
}

void DetachedMount::attach(int target) const {
  if (move_mount(fd_.get(), "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
      0) {
    throw systemError("attaching a mount");
  }
}

FileSystem::FileSystem(const std::string& type)
    : type_(type), fd_(fsopen(type.c_str(), FSOPEN_CLOEXEC)) {
  if (!fd_) {
    const Error error = systemError("opening file system type ", type);
    throw error.code() == ENODEV ? Error(ErrorKind::unsupported, error.what(), ENODEV) : error;
  }
}

void FileSystem::set(const std::string& option, const std::string& value) {
  if (fsconfig(fd_.get(), FSCONFIG_SET_STRING, option.c_str(), value.c_str(), 0) != 0) {
    const int code = errno;
    throw Error(ErrorKind::system,
                cat("setting ", type_, " option ", option, "=", value, ": ", reason(code)), code);
  }
}

void FileSystem::set(const std::string& option) {
  if (fsconfig(fd_.get(), FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0) != 0) {
    const int code = errno;
    throw Error(ErrorKind::system, cat("setting ", type_, " option ", option, ": ", reason(code)),
                code);
  }
}

DetachedMount FileSystem::mount(std::uint64_t attributes) {
  if (fsconfig(fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    const int code = errno;
    throw Error(ErrorKind::system, cat("creating ", type_, " file system: ", reason(code)), code);
  }
  UniqueFd fd(fsmount(fd_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!fd) {
    throw systemError("mounting ", type_);
  }
  return DetachedMount(std::move(fd));
}

std::string FileSystem::reason(int code) const {
  std::string text = std::generic_category().message(code);
  char line[512];
  for (int i = 0; i < 8; ++i) {
    const ssize_t length = read(fd_.get(), line, sizeof line);
    if (length <= 2) {
      break;
    }
    // A level and a space come first: "e ", "w ", "i ".
    text += cat("; ", trim(std::string_view(line, static_cast<std::size_t>(length)).substr(2)));
  }
  return text;
}

void setPropagation(const std::string& path, unsigned long type) {
  if (::mount(nullptr, path.c_str(), nullptr, type | MS_REC, nullptr) != 0) {
    throw systemError("changing the propagation of mounts below ", path);
  }
}

namespace {

void attachToRoot(const DetachedMount& mount) {
  const UniqueFd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) {
    throw systemError("opening the root directory");
  }
  mount.attach(root.get());
}

void enterMountNamespaceOf(int process) {
  if (setns(process, CLONE_NEWNS) != 0) {
    throw systemError("entering the root of the mount namespace");
  }
}

void pivotRoot(const DetachedMount& root) {
  attachToRoot(root);
  // pivot_root(".", ".") stacks the old root on the new one (pivot_root(2), NOTES), so no directory
  // is needed for it.
  if (fchdir(root.fd()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) {
    throw systemError("changing the root mount");
  }
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
    throw systemError("unmounting the old root");
  }
}

}  // namespace

void replaceRoot(const DetachedMount& root) {
  const UniqueFd self = openPidfd(gettid());
  // pivot_root(2) goes over all processes of the machine, in case they are in the old root. Without
  // it: what is below all mounts, the kernel's rootfs, is all that is left, and who enters a mount
  // namespace gets the topmost mount on it as root.
  if (umount2("/", MNT_DETACH) != 0) {
    if (errno != EINVAL) {
      throw systemError("unmounting the old root");
    }
    pivotRoot(root);  // locked, as it came from a more privileged namespace
    return;
  }
  enterMountNamespaceOf(self.get());
  setPropagation("/", MS_PRIVATE);
  attachToRoot(root);
  enterMountNamespaceOf(self.get());
}
