#pragma once

#include "engine/context.h"

namespace engine {

/// Takes away what there is of a pod without containers that does not run, its row last.
void discard(Context& context, const PodRecord& pod);

/// The keeper of a pod that runs; Error (in_use) that names the verb where it does not.
keeper::Client connectToRunning(const Context& context, const PodRecord& pod, const char* verb);

}  // namespace engine
