#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/mount.h"
#include "kernel/rootdir.h"
#include "kernel/tty.h"
#include "runtime/cgroup_view.h"
#include "runtime/launch.h"
#include "runtime/mount_options.h"

namespace runtime {

/// Builds a container's tree of mounts in a mount namespace of its own, step by step in this order.
class RootFilesystem {
 public:
  RootFilesystem(const oci::RuntimeSpec& spec, const LaunchOptions& options);

  /// Clones what containers get of the host's mounts, while the host's tree and its propagation are
  /// as they were.
  void collectSources();
  /// From here on nothing that is mounted here reaches the host, and of the host's files only what
  /// was collected can be reached: no link in an image leads there.
  void enterRoot();
  void mountAll();
  void attachBorrowed();
  void createDevices();
  /// A terminal of the container's own devpts, also as /dev/console.
  Terminal createTerminal();
  /// /proc/sys of the container's namespaces.
  void setSysctls();
  void hidePaths();
  /// Last: read-only, and with the propagation that was asked for.
  void changeRoot();

 private:
  struct Planned {
    const oci::Mount* mount;
    MountOptions options;
    std::optional<DetachedMount> source;  ///< of a bind mount
    std::optional<CgroupView> cgroup;     ///< of one of type cgroup
  };
  void collectSource(Planned& planned);
  DetachedMount takeRoot() const;
  void mountOne(const Planned& planned);
  void attach(const DetachedMount& mount, const std::string& destination);
  /// What lies over paths that are hidden, any number of them.
  class Cover {
   public:
    explicit Cover(DetachedMount mount) : mount_(std::move(mount)) {}
    void put(int target);

   private:
    DetachedMount mount_;
    bool attached_ = false;
  };
  /// Costs no file system of its own where the container has a sysfs: its place for cgroups, in
  /// which the kernel lets nobody make anything, whatever they may.
  DetachedMount takeEmptyDirectory();
  void hide(const std::string& path, Cover& emptyDirectory, Cover& emptyFile);
  bool hasOwnDev() const;

  const oci::RuntimeSpec& spec_;
  const LaunchOptions& options_;
  std::uint64_t rootPropagation_;  ///< MS_SHARED, ...; 0: none asked for
  std::vector<Planned> planned_;
  std::vector<DetachedMount> borrowed_;
  RootDir root_;
  UniqueFd proc_;
  std::optional<DetachedMount> emptyDirectory_, emptyFile_;
};

}  // namespace runtime
