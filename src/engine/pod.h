#pragma once

#include "engine/context.h"

namespace engine {

/// Takes away what there is of a pod without containers that does not run, its row last; but for
/// the sandbox's directory.
void discard(Context& context, const PodRecord& pod);

/// `end` has a keeper end the pod, and is true once that has done so. Asked again where the keeper
/// is killed meanwhile: of the next one. Nothing of the pod runs afterwards; Error (in_use).
void endWithKeeper(const Context& context, const PodRecord& pod,
                   const std::function<bool(keeper::Client)>& end);

/// The keeper of a pod that runs; Error (in_use) that names the verb where it does not.
keeper::Client connectToRunning(const Context& context, const PodRecord& pod, const char* verb);

}  // namespace engine
