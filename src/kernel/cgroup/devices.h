#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "kernel/cgroup/cgroup.h"

/// Which devices the processes of a cgroup may open and make (CgroupLimits::devices).

/// The eBPF program (BPF_PROG_TYPE_CGROUP_DEVICE) that decides by the rules.
std::vector<bpf_insn> deviceProgram(const std::vector<DeviceRule>& rules);
/// Attaches it to a node of the v2 hierarchy, for as long as that exists. It needs no controller,
/// so it does this on a hybrid layout too.
void attachDeviceProgram(const Path& directory, const std::vector<DeviceRule>& rules);

/// The same by the devices controller of v1, in the node's directory there.
void writeDeviceRules(const Path& directory, const std::vector<DeviceRule>& rules);
