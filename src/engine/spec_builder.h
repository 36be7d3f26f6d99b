#pragma once

#include "engine/namespaces.h"

/// From what was asked (ContainerSpec) and the pod to what is run: the OCI runtime specification.
/// Nothing is started or written here, so that `create` finds out a user's errors by the same code.
namespace engine {

/// Files of the host that stand for files of the container; an empty one is not mounted.
struct NameFiles {
  Path hosts, resolvConf, hostname;
};

struct SpecInput {
  const ContainerSpec& spec;       ///< resolved against its image
  const PodRecord* pod = nullptr;  ///< null: outside any
  NamespacePlan plan = {};
  std::string hostname = {};  ///< what the container's uts namespace has
  std::string cgroup = {};
  NameFiles files = {};
};

oci::RuntimeSpec buildRuntimeSpec(const SpecInput& input);

/// spec_process.cc: the process part
oci::Process buildProcess(const SpecInput& input);
/// The variables of both, each name once: those of `over` replace those of `base`.
std::vector<std::string> mergeEnv(std::vector<std::string> base,
                                  const std::vector<std::string>& over);
/// The limit as the specification names it; Error (invalid) for an unknown one.
oci::Rlimit rlimitOf(const Ulimit& ulimit);
/// SIGTERM where nothing is said. Error (invalid) for an unknown one.
int stopSignalOf(const ContainerSpec& spec);

/// spec_linux.cc: masked paths, sysctls, devices, seccomp
void buildLinux(const SpecInput& input, oci::RuntimeSpec& spec);
/// Error (invalid) for a sysctl that no namespace has, or one of a namespace that `isolated` lacks:
/// it would be the host's.
void checkSysctls(const StringMap& sysctls, const std::set<NamespaceKind>& isolated);
/// The host's device or, of a directory, all devices in it: "HOST[:CONTAINER[:rwm]]".
std::vector<oci::Device> devicesOf(const std::string& text);

/// mounts.cc: the standard file systems, the pod's mounts, then the container's own, which take the
/// place of earlier ones with the same destination
std::vector<oci::Mount> buildMounts(const SpecInput& input);
/// Error (invalid) for a mount that cannot work, such as a relative destination or a source that is
/// not there.
void checkMount(const Mount& mount);

}  // namespace engine
