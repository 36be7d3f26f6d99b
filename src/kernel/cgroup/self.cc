#include "kernel/cgroup/self.h"

#include <fcntl.h>

#include <algorithm>

#include "base/error.h"
#include "base/rollback.h"
#include "base/text.h"
#include "kernel/cgroup/tree.h"

namespace {

struct Membership {
  std::vector<std::string> hierarchy;  ///< "cpu", "cpuacct" are one; {""}: v2's
  std::string path;
};

/// cgroups(7): "7:cpu,cpuacct:/user.slice", "0::/user.slice/session-1.scope".
std::vector<Membership> memberships(const Path& list) {
  std::vector<Membership> all;
  for (const std::string& line : split(readFile(list), '\n')) {
    const auto fields = split(line, ':', 3);
    if (fields.size() == 3) {
      all.push_back({split(fields[1], ','), fields[2]});
    }
  }
  return all;
}

/// Where the process belongs in the v2 hierarchy; nothing where it is there, or in the root.
std::optional<Path> wayOut(const CgroupLayout& layout, const std::string& path,
                           const std::string& place) {
  std::optional<Path> mount = layout.mount("");
  if (!mount || path == "/" || path == place) {
    return std::nullopt;
  }
  if (layout.version() != CgroupLayout::Version::v2) {
    return mount;
  }
  Rollback undo;
  makeLevels(*mount, place, undo, [](const Path&) {});
  undo.commit();
  return *mount / Path(place).relative_path();
}

}  // namespace

std::optional<std::string> ownCgroup(std::string_view hierarchy, const Path& list) {
  for (const Membership& one : memberships(list)) {
    if (std::find(one.hierarchy.begin(), one.hierarchy.end(), hierarchy) != one.hierarchy.end()) {
      return one.path;
    }
  }
  return std::nullopt;
}

UniqueFd openOutside(const std::string& place) {
  const auto own = ownCgroup("");
  if (!own || *own == "/") {
    return {};
  }
  const auto directory = wayOut(CgroupLayout::detect(), *own, place);
  if (!directory) {
    return {};
  }
  UniqueFd fd(open(directory->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    throw systemError("opening cgroup ", directory->native());
  }
  return fd;
}

void leaveOwnCgroups(const CgroupLayout& layout, const std::string& place) {
  for (const Membership& one : memberships("/proc/self/cgroup")) {
    if (one.hierarchy.front().empty()) {
      if (const auto directory = wayOut(layout, one.path, place)) {
        writeKnob(*directory / "cgroup.procs", "0");
      }
      continue;
    }
    const auto mount = layout.mount(one.hierarchy.front());
    if (mount && one.path != "/") {
      // "0" into tasks moves one thread, its writer, for which the kernel need not wait.
      writeKnob(*mount / "tasks", "0");
    }
  }
}
