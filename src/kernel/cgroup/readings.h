#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/cgroup/cgroup.h"

/// What the kernel tells of a cgroup, for both versions.

/// "some avg10=0.12 avg60=0.00 avg300=0.00 total=5" and the same with "full".
std::optional<Pressure> parsePressure(std::string_view text);
/// The pressure files of a node of the v2 hierarchy; they need no controller. Nothing where the
/// kernel has them switched off (psi=0).
std::optional<Pressure> readPressure(const Path& directory, std::string_view resource);

/// Bytes that the processes have read from block devices, and written to their page cache for
/// these (proc_pid_io(5)): each with the children that it has waited for.
struct BlockBytes {
  std::uint64_t read = 0, written = 0;
};
BlockBytes blockBytesOf(const std::vector<pid_t>& processes, const Path& proc = "/proc");

/// Lines of "MAJOR:MINOR VALUE", as blkio's and io's files have them: one IoLimit of this key each.
void addDeviceLines(const Path& file, const std::string& key, std::vector<IoLimit>& out);

/// A file of the node, open for epoll; empty where it is not there.
UniqueFd openWatched(const Path& file);
