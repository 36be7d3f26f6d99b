#pragma once

#include "engine/context.h"

/// `--init`: a small program of the host as process 1 of a container, which reaps what the command
/// leaves behind and passes signals on to it.
namespace engine {

/// Where it is in the container, as with Podman.
inline constexpr const char* initTarget = "/run/podman-init";

/// The host's program for a container that asks for one: what it names, else catatonit or tini
/// where Debian's packages have them. Error (not_found) that says what to install.
std::string findInit(const ContainerSpec& spec);

/// Error (invalid) where the container is not to have a process 1 of its own.
void checkInit(const ContainerSpec& spec, const PodRecord* pod);

}  // namespace engine
