#pragma once

#include "engine/spec_builder.h"

/// What can be wrong with a request, found out before anything is made.
namespace engine {

void checkPod(const PodSpec& spec);

/// A container's request, resolved against its image, in `pod` or (null) outside any.
void checkContainer(const ContainerSpec& spec, const PodRecord* pod);

/// hostname(7): at most 64 characters (the kernel's), letters, digits, hyphens and dots.
void checkHostname(const std::string& hostname);

}  // namespace engine
