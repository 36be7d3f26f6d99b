#include "engine/namespaces.h"

#include <sys/stat.h>

namespace engine {

using Source = NamespaceMode::Source;

namespace {

/// The source of the namespace that a pod shares, as a member of it sees it.
NamespaceMode podMode(NamespaceKind kind, const PodRecord& pod) {
  const auto found = pod.spec.namespaces.find(kind);
  const bool host = found != pod.spec.namespaces.end() && found->second.source == Source::host;
  return {host ? Source::host : Source::pod, {}};
}

void checkPodMember(NamespaceKind kind, const ContainerSpec& spec, const PodRecord& pod) {
  const auto asked = spec.namespaces.find(kind);
  if (asked == spec.namespaces.end()) {
    return;
  }
  const std::string_view name = traits(kind).name;
  if (asked->second.source == Source::pod && !pod.shares(kind)) {
    throw Error(ErrorKind::invalid, cat("pod ", pod.row.name, " does not share its ", name,
                                        " namespace: create it with --share +", name));
  }
  if (kind == NamespaceKind::net && pod.shares(kind) && asked->second.source != Source::pod) {
    throw Error(ErrorKind::invalid,
                cat("networks must be defined when the pod is created: network cannot be "
                    "configured when it is shared with pod ",
                    pod.row.name));
  }
}

oci::LinuxNamespace specified(NamespaceKind kind, std::string path) {
  return {std::string(traits(kind).ociType), std::move(path)};
}

/// Who mounts /dev/shm goes with the ipc namespace.
void planShm(NamespacePlan& plan, NamespaceMode ipc, const PodRecord* pod) {
  if (ipc.source == Source::pod) {
    const auto source = pod->spec.namespaces.find(NamespaceKind::ipc);
    // A pod that joined another's ipc namespace has no /dev/shm of its own to share.
    ipc = source == pod->spec.namespaces.end() ? NamespaceMode{} : source->second;
    plan.sandboxShm = ipc.source == Source::own;
  }
  plan.hostShm = ipc.source == Source::host;
  plan.shmOf = ipc.source == Source::container ? ipc.target : "";
}

}  // namespace

NamespaceMode effectiveMode(NamespaceKind kind, const ContainerSpec& spec, const PodRecord* pod) {
  const auto asked = spec.namespaces.find(kind);
  const bool shared = pod != nullptr && pod->shares(kind);
  if (asked != spec.namespaces.end() && asked->second.source != Source::pod) {
    return asked->second;
  }
  return shared ? podMode(kind, *pod) : NamespaceMode{};
}

void checkModes(const ContainerSpec& spec, const PodRecord* pod) {
  for (const NamespaceTraits& entry : namespaceTable) {
    const auto asked = spec.namespaces.find(entry.kind);
    if (pod != nullptr) {
      checkPodMember(entry.kind, spec, *pod);
    } else if (asked != spec.namespaces.end() && asked->second.source == Source::pod) {
      throw Error(ErrorKind::invalid, cat("the ", entry.name, " namespace cannot be the pod's: ",
                                          "the container is in no pod (--pod)"));
    }
    const NamespaceMode mode = effectiveMode(entry.kind, spec, pod);
    if (mode.source == Source::path) {
      checkNamespacePath(entry.kind, mode.target);
    }
  }
}

void checkModes(const PodSpec& spec) {
  for (const auto& [kind, mode] : spec.namespaces) {
    const std::string_view name = traits(kind).name;
    if (mode.source == Source::pod) {
      throw Error(ErrorKind::invalid, cat("a pod's ", name, " namespace cannot be \"pod\""));
    }
    if (mode.source != Source::own && !(spec.infra && spec.share.contains(kind))) {
      throw Error(ErrorKind::invalid, cat("--", name, " ", ::toText(mode),
                                          " has no effect on a pod that does not share ", "the ",
                                          name, " namespace: add it to --share"));
    }
    if (mode.source == Source::path) {
      checkNamespacePath(kind, mode.target);
    }
  }
}

void checkNamespacePath(NamespaceKind kind, const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const Error cause = systemError("stat ", path);
    throw Error(
        cause.code() == ENOENT ? ErrorKind::not_found : ErrorKind::invalid,
        cat("cannot use the specified ", traits(kind).name, " namespace path: ", cause.what()),
        cause.code());
  }
}

NamespacePlan planNamespaces(const ContainerSpec& spec, const PodRecord* pod) {
  NamespacePlan plan;
  plan.specified.push_back({"mount", ""});
  for (const NamespaceTraits& entry : namespaceTable) {
    const NamespaceMode mode = effectiveMode(entry.kind, spec, pod);
    switch (mode.source) {
      case Source::own:
        plan.fresh.insert(entry.kind);
        // A network namespace needs an interface and ports, which the keeper sees to.
        if (entry.kind != NamespaceKind::net) {
          plan.specified.push_back(specified(entry.kind, ""));
        } else if (pod == nullptr) {
          plan.fromSandbox.insert(entry.kind);
        }
        break;
      case Source::host:
        break;
      case Source::pod:
        plan.fromSandbox.insert(entry.kind);
        break;
      case Source::container:
        plan.joined[entry.kind] = mode.target;
        break;
      case Source::path:
        plan.specified.push_back(specified(entry.kind, mode.target));
        break;
    }
  }
  planShm(plan, effectiveMode(NamespaceKind::ipc, spec, pod), pod);
  return plan;
}

void planPodNamespaces(const PodSpec& spec, keeper::SandboxConfig& config) {
  for (const NamespaceKind kind : spec.share) {
    const auto asked = spec.namespaces.find(kind);
    const NamespaceMode mode = asked == spec.namespaces.end() ? NamespaceMode{} : asked->second;
    if (mode.source == Source::own) {
      config.newNamespaces.insert(kind);
    } else if (mode.source == Source::path) {
      config.namespacePaths[kind] = mode.target;
    } else if (mode.source == Source::container) {
      config.joined[kind] = {mode.target, mode.target};
    }
  }
}

std::set<std::string> joinedContainers(const std::map<NamespaceKind, NamespaceMode>& modes) {
  std::set<std::string> targets;
  for (const auto& [kind, mode] : modes) {
    if (mode.source == Source::container) {
      targets.insert(mode.target);
    }
  }
  return targets;
}

std::string namespacePath(pid_t pid, NamespaceKind kind) {
  return cat("/proc/", pid, "/ns/", traits(kind).name);
}

}  // namespace engine
