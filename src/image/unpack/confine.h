#pragma once

#include <sys/types.h>

#include "kernel/capability.h"

namespace unpack {

/// Leaves this process only what it needs to fill a directory: mount, network, IPC and PID
/// namespaces of its own, the working directory as its root with nothing else mounted (no device
/// there can be opened, no program run), the given capabilities, no descriptors from
/// `firstUnneeded` on, no new privileges. The caller goes on as a child of the process that called,
/// which waits for it and ends with its status. Neither outlives the process that started this one,
/// which is `starter` where that is known (else 0).
void confine(CapabilityMask capabilities, unsigned firstUnneeded, pid_t starter);

}  // namespace unpack
