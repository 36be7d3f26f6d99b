#include "runtime/cgroup_view.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <climits>

#include "base/error.h"
#include "base/text.h"
#include "kernel/capability.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/mount.h"

namespace runtime {

namespace {

constexpr std::uint64_t hardened = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

using Nodes = std::vector<std::pair<std::string, Path>>;

DetachedMount readOnly(const Path& node) {
  DetachedMount mount = DetachedMount::clone(AT_FDCWD, node.native(), false);
  mount.change({hardened | MOUNT_ATTR_RDONLY, 0, MS_PRIVATE}, false);
  return mount;
}

DetachedMount ownTmpfs() {
  FileSystem tmpfs("tmpfs");
  tmpfs.set("source", "tmpfs");
  tmpfs.set("mode", "755");
  return tmpfs.mount(hardened);
}

/// Those of the same hierarchies share a directory, which their names name.
std::string nameFor(const Nodes& nodes) {
  std::string name;
  for (const auto& [hierarchy, node] : nodes) {
    name += (name.empty() ? "" : "+") + hierarchy;
  }
  return name;
}

/// Nothing where it cannot be shared.
std::optional<DetachedMount> sharedPlaces(const Path& places, const Nodes& nodes) {
  const std::string name = nameFor(nodes);
  if (places.empty() || name.empty() || name.size() > NAME_MAX) {
    return {};
  }
  const Path directory = places / name;
  makeDirectories(directory);
  struct statfs status {};
  // Programs know v1 from v2 by the type of /sys/fs/cgroup.
  if (statfs(directory.c_str(), &status) != 0 || status.f_type != TMPFS_MAGIC) {
    return {};
  }
  DetachedMount mount = DetachedMount::clone(AT_FDCWD, directory.native(), false);
  mount.change({hardened, MOUNT_ATTR_RDONLY, MS_PRIVATE}, false);
  return mount;
}

/// Whoever comes first makes it. Others may be doing the same at this moment, so each step takes
/// what is there.
UniqueFd makePlace(int base, const std::string& name) {
  const auto open = [&] {
    return UniqueFd(openat(base, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  };
  if (UniqueFd place = open()) {
    return place;
  }
  // "cpu,cpuacct" is also found as "cpu" and as "cpuacct". First, so that they are there when it
  // is.
  for (const std::string& controller : split(name, ',')) {
    if (controller != name && symlinkat(name.c_str(), base, controller.c_str()) != 0 &&
        errno != EEXIST) {
      throw systemError("linking /sys/fs/cgroup/", controller);
    }
  }
  if (mkdirat(base, name.c_str(), 0755) != 0 && errno != EEXIST) {
    throw systemError("creating /sys/fs/cgroup/", name);
  }
  UniqueFd place = open();
  if (!place) {
    throw systemError("opening /sys/fs/cgroup/", name);
  }
  return place;
}

}  // namespace

CgroupView::CgroupView(const Cgroup* cgroup, const Path& places) {
  const Nodes nodes = cgroup != nullptr ? cgroup->directories() : Nodes{};
  for (const auto& [hierarchy, node] : nodes) {
    nodes_.emplace_back(hierarchy, readOnly(node));
  }
  const bool isV2 = nodes.size() == 1 && nodes.front().first.empty();
  if (!isV2) {
    base_ = sharedPlaces(places, nodes);
    if (!base_) {
      base_ = ownTmpfs();
    }
  }
}

void CgroupView::mount(int target) const {
  if (!base_) {
    nodes_.front().second.attach(target);
    return;
  }
  base_->attach(target);
  for (const auto& [hierarchy, node] : nodes_) {
    node.attach(makePlace(base_->fd(), hierarchy).get());
  }
  base_->change({MOUNT_ATTR_RDONLY, 0, 0}, false);
}

bool mayRemount(const oci::Process& process) {
  if (!process.capabilities) {
    return true;
  }
  const auto& sets = *process.capabilities;
  const CapabilityMask all =
      capabilityMask(sets.bounding) | capabilityMask(sets.permitted) | capabilityMask(sets.ambient);
  return (all & CapabilityMask{1} << CAP_SYS_ADMIN) != 0;
}

}  // namespace runtime
