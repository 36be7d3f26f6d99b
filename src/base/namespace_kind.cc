#include "base/namespace_kind.h"

#include <sched.h>

const std::array<NamespaceTraits, 5> namespaceTable{{
    {NamespaceKind::net, "net", "network", CLONE_NEWNET, true},
    {NamespaceKind::ipc, "ipc", "ipc", CLONE_NEWIPC, true},
    {NamespaceKind::uts, "uts", "uts", CLONE_NEWUTS, true},
    {NamespaceKind::pid, "pid", "pid", CLONE_NEWPID, false},
    {NamespaceKind::cgroup, "cgroup", "cgroup", CLONE_NEWCGROUP, false},
}};

const NamespaceTraits& traits(NamespaceKind kind) {
  return namespaceTable[static_cast<std::size_t>(kind)];
}

std::optional<NamespaceKind> namespaceByName(std::string_view name) {
  for (const NamespaceTraits& entry : namespaceTable) {
    if (entry.name == name) {
      return entry.kind;
    }
  }
  return std::nullopt;
}

std::optional<NamespaceKind> namespaceByOciType(std::string_view type) {
  for (const NamespaceTraits& entry : namespaceTable) {
    if (entry.ociType == type) {
      return entry.kind;
    }
  }
  return std::nullopt;
}
