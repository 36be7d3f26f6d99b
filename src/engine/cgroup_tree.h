#pragma once

#include "keeper/config.h"
#include "spec/request.h"

/// Where pods, containers and keepers are in the cgroup tree, and who manages it: a path follows
/// from an object's id and specification.
///
/// cgroupfs: PARENT/pod-ID/ctr-ID, made by peapod itself; the parent is /peapod unless it is given.
/// systemd: the same below a transient scope, one for each keeper: PARENT.slice/peapod-ID.scope is
/// systemd's, what is below it is delegated to us. One message to systemd for a pod, and none for a
/// container or a limit.
/// A pod of a Kubernetes manifest: podUID/ID below what engine/kube_tree.h says.
namespace engine {

/// `--cgroup-parent` as a path from the cgroup root, without a slash at its end; Error (invalid)
/// for one that climbs out. A "*.slice" stands for the path that systemd gives it.
std::string cgroupParent(const std::string& asked);

/// What is above a pod's cgroup or scope.
std::string cgroupParent(const PodSpec& spec);
std::string podCgroup(const std::string& id, const PodSpec& spec);
/// Of a container in `pod` (null: outside any); empty where it asked for none.
std::string containerCgroup(const std::string& id, const ContainerSpec& spec,
                            const std::string& podId, const PodSpec* pod);

/// Tells the keeper of a pod, or of a container outside any, where it belongs itself.
void placeKeeper(keeper::SandboxConfig& config, const PodSpec& spec);
void placeKeeper(keeper::SandboxConfig& config, const ContainerSpec& spec);

/// What the choice of a manager depends on.
struct ManagerFacts {
  std::string asked = {};       ///< --cgroup-manager; empty: nothing
  std::string configured = {};  ///< containers.conf's; empty: nothing
  bool systemd = false;         ///< it is init, and the machine has cgroup v2
};
/// "cgroupfs" or "systemd" for an object with this --cgroup-parent. Where nobody asked for one, a
/// parent says it by its name. Error (invalid) where the two do not fit, (unsupported) for a
/// systemd that is not there.
std::string cgroupManager(const ManagerFacts& facts, const std::string& parent);

/// Error (invalid) for a container whose --cgroups does not go with the rest.
void checkCgroups(const ContainerSpec& spec, const PodSpec* pod);

/// For --cgroups=split: the cgroup that the caller is in becomes the container's parent, and the
/// caller moves out of its way, into SUPERVISOR below it.
std::string splitOwnCgroup();

}  // namespace engine
