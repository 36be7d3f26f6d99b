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

/// Mounts an overlay on target. Kernels before 6.7 want all layers in one page of options: there
/// they are named by descriptors, so that some 500 layers fit whatever their paths.
void mountOverlay(const OverlayParts& parts, const Path& target);
/// The way of the older kernels.
void mountOverlayByDescriptors(const OverlayParts& parts, const Path& target);

/// Changes the propagation (MS_PRIVATE, MS_SLAVE, ...) of the mount at path and all below it.
void setPropagation(const std::string& path, unsigned long type);
/// Makes the mount that the descriptor stands for the root of the mount namespace, and takes the
/// old root away.
void pivotRoot(int newRoot);
