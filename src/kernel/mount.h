#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "kernel/fd.h"

/// Attributes of a mount (mount_setattr(2)); set and clear are MOUNT_ATTR_..., propagation is
/// MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0 to leave it.
struct MountAttributes {
  std::uint64_t set = 0, clear = 0, propagation = 0;
  bool empty() const { return set == 0 && clear == 0 && propagation == 0; }
};

/// A mount that is not attached anywhere yet; it goes away with this object unless it was attached.
class DetachedMount {
 public:
  explicit DetachedMount(UniqueFd fd) : fd_(std::move(fd)) {}
  /// A clone of what is mounted at the path (open_tree(2)), with the mounts below it where
  /// recursive. An empty path stands for the directory itself.
  static DetachedMount clone(int directory, const std::string& path, bool recursive);

  int fd() const { return fd_.get(); }
  UniqueFd release() { return std::move(fd_); }
  void change(const MountAttributes& attributes, bool recursive) const;
  /// On top of the file or directory that this descriptor stands for.
  void attach(int target) const;

 private:
  UniqueFd fd_;
};

/// A file system in the making (fsopen(2)). Its errors carry what the kernel's log says of the
/// reason.
class FileSystem {
 public:
  /// Error (unsupported) where the kernel has no such type.
  explicit FileSystem(const std::string& type);
  void set(const std::string& option, const std::string& value);
  void set(const std::string& option);
  /// attributes: MOUNT_ATTR_...
  DetachedMount mount(std::uint64_t attributes);

 private:
  std::string reason(int code) const;
  std::string type_;
  UniqueFd fd_;
};

struct OverlayParts {
  std::vector<Path> layers;  ///< lowest first
  Path upper, work;
  bool volatileUpper = false;
};

/// Kernels before 6.7 want all layers in one page of options: there they are named by descriptors,
/// so that some 500 layers fit whatever their paths.
DetachedMount makeOverlay(const OverlayParts& parts);
/// The way of the older kernels. They mount it on its upper directory first: for a mount namespace
/// of the caller's own, with private propagation.
DetachedMount makeOverlayByDescriptors(const OverlayParts& parts);

/// Changes the propagation (MS_PRIVATE, MS_SLAVE, ...) of the mount at path and all below it.
void setPropagation(const std::string& path, unsigned long type);
/// Makes a mount that is attached nowhere yet the root of the caller's mount namespace, root and
/// working directory, and takes away all that was mounted there. The namespace must be of the
/// caller alone and its propagation private; a mount of a more privileged namespace may be in it
/// (mount_namespaces(7)).
void replaceRoot(const DetachedMount& root);
