#include "engine/cgroup_tree.h"

#include <algorithm>

#include "base/error.h"
#include "engine/kube_tree.h"
#include "engine/resources.h"
#include "keeper/place.h"
#include "kernel/cgroup/self.h"

namespace engine {

namespace {

constexpr std::string_view sliceSuffix = ".slice";
constexpr std::string_view defaultSlice = "machine.slice";
/// In a cgroup that was split, where Podman has it.
constexpr std::string_view supervisor = "/supervisor";

bool isSlice(std::string_view parent) {
  return parent.ends_with(sliceSuffix);
}

/// systemd.slice(5): "a-b.slice" is below "a.slice", so its cgroup is /a.slice/a-b.slice.
std::string slicePath(const std::string& slice) {
  const std::string stem = slice.substr(0, slice.size() - sliceSuffix.size());
  const auto levels = split(stem, '-');
  constexpr std::string_view odd = " /@\\\"'";
  if (std::any_of(levels.begin(), levels.end(), [](auto& level) { return level.empty(); }) ||
      stem.find_first_of(odd) != std::string::npos) {
    refuse(cat("--cgroup-parent \"", slice, "\" is not the name of a slice (such as ",
               "machine.slice or batch-night.slice, without a path)"));
  }
  std::string path, name;
  for (const std::string& level : levels) {
    name += cat(name.empty() ? "" : "-", level);
    path += cat("/", name, sliceSuffix);
  }
  return path;
}

std::string sliceOf(const std::string& parent) {
  return std::string(parent.empty() ? defaultSlice : std::string_view(parent));
}

/// What is above an object that is in no pod's budget.
std::string above(const std::string& id, const std::string& manager, const std::string& parent) {
  return manager == "systemd" ? cat(slicePath(sliceOf(parent)), "/peapod-", id, ".scope")
                              : cgroupParent(parent);
}

/// As --cgroup-parent would have it.
std::string parentOf(const PodSpec& spec) {
  return isKube(spec) ? kubeLevels(spec).front() : spec.cgroupParent;
}

void place(keeper::SandboxConfig& config, const std::string& manager, const std::string& parent) {
  config.keeperCgroup = keeper::keeperCgroup;
  if (manager == "systemd") {
    config.scopeUnit = cat("peapod-", config.id, ".scope");
    config.scopeSlice = sliceOf(parent);
    config.keeperCgroup = cat(above(config.id, manager, parent), "/keeper");
  }
}

}  // namespace

std::string cgroupParent(const std::string& asked) {
  if (isSlice(asked)) {
    return slicePath(asked);
  }
  std::string path;
  for (const std::string& piece : split(asked, '/')) {
    if (piece == ".." || piece == "." || piece.find('\n') != std::string::npos) {
      refuse(cat("--cgroup-parent \"", asked, "\": no component may be \"", piece, "\""));
    }
    if (!piece.empty()) {
      path += "/" + piece;
    }
  }
  if (path.empty() && !asked.empty()) {
    refuse("--cgroup-parent: the root of the cgroup tree cannot be limited");
  }
  return path.empty() ? "/peapod" : path;
}

std::string cgroupParent(const PodSpec& spec) {
  return cgroupParent(parentOf(spec));
}

std::string podCgroup(const std::string& id, const PodSpec& spec) {
  return cat(above(id, spec.cgroupManager, parentOf(spec)),
             isKube(spec) ? cat("/pod", spec.uid) : cat("/pod-", id));
}

std::string containerCgroup(const std::string& id, const ContainerSpec& spec,
                            const std::string& podId, const PodSpec* pod) {
  if (spec.cgroups == "disabled") {
    return {};
  }
  if (pod != nullptr && pod->shareParent) {
    return cat(podCgroup(podId, *pod), isKube(*pod) ? "/" : "/ctr-", id);
  }
  // In a pod whose budget it does not share it is beside that, in the scope of the pod's keeper.
  const bool inPodsScope = pod != nullptr && pod->cgroupManager == "systemd";
  return cat(inPodsScope ? above(podId, pod->cgroupManager, pod->cgroupParent)
                         : above(id, spec.cgroupManager, spec.cgroupParent),
             "/ctr-", id);
}

void placeKeeper(keeper::SandboxConfig& config, const PodSpec& spec) {
  place(config, spec.cgroupManager, parentOf(spec));
  if (isKube(spec)) {
    config.sharedLevels = kubeLevels(spec);
  }
}

void placeKeeper(keeper::SandboxConfig& config, const ContainerSpec& spec) {
  place(config, spec.cgroupManager, spec.cgroupParent);
  if (spec.cgroups == "no-conmon") {
    config.keeperCgroup.clear();
  } else if (spec.cgroups == "split") {
    config.keeperCgroup = spec.cgroupParent + std::string(supervisor);
  }
}

std::string cgroupManager(const ManagerFacts& facts, const std::string& parent) {
  const bool slice = isSlice(parent);
  if (facts.asked == "cgroupfs" && slice) {
    refuse(cat("--cgroup-parent ", parent,
               ": only the systemd cgroup manager knows slices (--cgroup-manager systemd)"));
  }
  if (facts.asked == "systemd" && !parent.empty() && !slice) {
    refuse(cat("--cgroup-parent ", parent,
               ": the systemd cgroup manager takes the name of a slice ",
               "(NAME.slice); a path needs --cgroup-manager cgroupfs"));
  }
  std::string manager = !facts.asked.empty() ? facts.asked
                        : slice              ? "systemd"
                        : !parent.empty()    ? "cgroupfs"
                                             : facts.configured;
  if (manager.empty()) {
    return facts.systemd ? "systemd" : "cgroupfs";
  }
  if (manager == "systemd" && !facts.systemd) {
    if (facts.asked.empty() && !slice) {
      return "cgroupfs";  // containers.conf is written for many machines
    }
    throw Error(ErrorKind::unsupported,
                cat(slice ? cat("--cgroup-parent ", parent) : "--cgroup-manager systemd",
                    ": it needs systemd as init and cgroup v2, which this machine has not; use ",
                    slice ? "a path" : "cgroupfs"));
  }
  return manager;
}

void checkCgroups(const ContainerSpec& spec, const PodSpec* pod) {
  const bool apart = spec.cgroups == "disabled" || spec.cgroups == "split";
  if (pod != nullptr && pod->shareParent && (apart || !spec.cgroupParent.empty())) {
    refuse(cat(apart ? cat("--cgroups=", spec.cgroups) : "--cgroup-parent",
               " would take the container out of the budget of pod ", pod->name,
               ": create the pod with --share-parent=false"));
  }
  if (spec.cgroups == "split" && !spec.cgroupParent.empty()) {
    refuse("--cgroups=split takes the caller's cgroup as the parent: leave --cgroup-parent away");
  }
  if (pod != nullptr && spec.cgroups == "split") {
    refuse("--cgroups=split is for a container outside pods: a pod has a keeper of its own");
  }
  if (pod != nullptr && !spec.cgroupParent.empty() &&
      (pod->cgroupManager == "systemd" || isSlice(spec.cgroupParent))) {
    refuse(cat("--cgroup-parent ", spec.cgroupParent, ": with systemd the containers of pod ",
               pod->name, " are in its keeper's scope; use --cgroup-manager cgroupfs and a path"));
  }
  cgroupParent(spec.cgroupParent);
}

std::string splitOwnCgroup() {
  const CgroupLayout layout = CgroupLayout::detect();
  if (layout.version() != CgroupLayout::Version::v2) {
    throw Error(ErrorKind::unsupported,
                "--cgroups=split needs cgroup v2, where a process is in one cgroup");
  }
  std::string own = ownCgroup("").value_or("/");
  if (own.ends_with(supervisor)) {
    own.resize(own.size() - supervisor.size());
  }
  if (own.empty() || own == "/") {
    refuse(
        "--cgroups=split: the caller is in the root of the cgroup tree; start it in a cgroup of "
        "its own, such as a systemd unit with Delegate=yes");
  }
  leaveOwnCgroups(layout, own + std::string(supervisor));
  return own;
}

}  // namespace engine
