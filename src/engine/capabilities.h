#pragma once

#include <string>
#include <vector>

#include "engine/context.h"
#include "spec/runtime.h"

namespace engine {

/// What a container's processes may have at most: Podman's default set, or all for a privileged
/// one, with what was added and dropped ("all" is possible in both). Error (invalid) for an unknown
/// name, or one in both.
std::vector<std::string> boundingCapabilities(bool privileged, const std::vector<std::string>& add,
                                              const std::vector<std::string>& drop);

/// The five sets for a process of this user ("USER[:GROUP]"): root has the bounding set; another
/// one has what was added explicitly, ambient so that it survives execve(2), as in Podman.
oci::Capabilities capabilitySets(const std::string& user, const std::vector<std::string>& bounding,
                                 const std::vector<std::string>& add);

/// The file with the compiled seccomp filter for a container with the capabilities that it has at
/// most; empty where it has none.
Path seccompFilterOf(const Context& context, const ContainerSpec& spec);

/// "", "root", "0", "0:0"
bool isRoot(const std::string& user);

}  // namespace engine
