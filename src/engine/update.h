#pragma once

#include "engine/context.h"
#include "kernel/cgroup/cgroup.h"
#include "spec/request.h"

namespace engine {

/// The request with the change: what the change does not name stays, and its zeros (for pidsLimit
/// and memorySwap -1, too) take limits away. --cpus takes the place of a quota and its period, and
/// the other way round.
Resources merge(Resources resources, const Resources& change);

/// What a running cgroup has to be told so that it is as `merged` says in all that `change` names.
CgroupLimits changedLimits(const Resources& change, const Resources& merged);

/// For who has just started it, with the limits of this record: puts in force what an update, which
/// found nothing to change yet, has recorded meanwhile.
void applyMissedUpdate(Context& context, const ContainerRecord& started);
void applyMissedUpdate(Context& context, const PodRecord& started);

}  // namespace engine
