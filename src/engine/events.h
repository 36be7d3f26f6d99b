#pragma once

#include "engine/context.h"

namespace engine {

/// Tells `peapod events` what a command has done; keepers tell the rest.
void recordEvent(const Context& context, const char* status, const ContainerRecord& container);
void recordEvent(const Context& context, const char* status, const PodRecord& pod);

}  // namespace engine
