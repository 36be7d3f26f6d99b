#pragma once

#include <array>
#include <optional>
#include <string_view>

/// The namespaces that a container and its pod, another container or the host can have in common or
/// apart. A mount namespace is always a container's own and a user namespace always the pod's, so
/// those are not modes.
enum class NamespaceKind { net, ipc, uts, pid, cgroup };

/// What there is to know of a kind: parsing `--share`, joining, inspecting and listing are all
/// driven by this table.
struct NamespaceTraits {
  NamespaceKind kind;
  std::string_view name;     ///< in `--share`, and under /proc/PID/ns
  std::string_view ociType;  ///< in an OCI runtime specification (config-linux.md, "Namespaces")
  int cloneFlag;             ///< CLONE_NEW..., namespaces(7)
  bool sharedByDefault;  ///< a pod shares it where `--share` says nothing, as Podman and Kubernetes
                         ///< do
};

extern const std::array<NamespaceTraits, 5> namespaceTable;

const NamespaceTraits& traits(NamespaceKind kind);
std::optional<NamespaceKind> namespaceByName(std::string_view name);
std::optional<NamespaceKind> namespaceByOciType(std::string_view type);
