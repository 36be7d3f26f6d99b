#pragma once

#include "engine/context.h"
#include "spec/runtime.h"

/// The one mechanism for a container's namespaces: for each kind of the table a source (own, host,
/// the pod's, another container's, a path), and from that what the runtime specification and the
/// keeper are told.
namespace engine {

/// Where a container's namespace of this kind comes from once what the user left out is filled in:
/// the pod's where the pod shares it, else its own. A pod's namespace that is the host's is the
/// host's here.
NamespaceMode effectiveMode(NamespaceKind kind, const ContainerSpec& spec, const PodRecord* pod);

/// Error (invalid) for what makes no sense in or outside a pod, such as a mode "pod" without one.
void checkModes(const ContainerSpec& spec, const PodRecord* pod);
/// The same for a pod's own sources.
void checkModes(const PodSpec& spec);
/// Error (not_found) for a path that is not there.
void checkNamespacePath(NamespaceKind kind, const std::string& path);

struct NamespacePlan {
  std::vector<oci::LinuxNamespace> specified;   ///< for the runtime specification, mount included
  std::set<NamespaceKind> fromSandbox;          ///< left to the keeper
  std::map<NamespaceKind, std::string> joined;  ///< left to the keeper: those of containers, by id
  std::set<NamespaceKind> fresh;                ///< its own, from the runtime or the keeper
  bool sandboxShm = false;                      ///< /dev/shm is the pod's
  std::string shmOf;                            ///< /dev/shm is that of this container
  bool hostShm = false;
};

NamespacePlan planNamespaces(const ContainerSpec& spec, const PodRecord* pod);

/// The namespaces of a pod's pause process: new ones, by path those from elsewhere, and those of
/// containers, which are named by their ids.
void planPodNamespaces(const PodSpec& spec, keeper::SandboxConfig& config);

/// Ids of the containers whose namespaces this one joins.
std::set<std::string> joinedContainers(const std::map<NamespaceKind, NamespaceMode>& modes);

/// "/proc/PID/ns/net"
std::string namespacePath(pid_t pid, NamespaceKind kind);

}  // namespace engine
