#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

/// What /proc says of one process (proc(5)), for `top`.
namespace engine {

struct ProcessInfo {
  pid_t pid = 0, parent = 0, group = 0;
  std::string command, state, arguments;
  long terminal = 0, nice = 0;
  std::uint64_t userTicks = 0, systemTicks = 0, startTicks = 0;
  std::uint64_t virtualBytes = 0, residentPages = 0;
  std::vector<std::string> uids, gids,
      groups;                        ///< real, effective, saved, file system; supplementary
  std::vector<pid_t> namespacePids;  ///< its pid in each nested pid namespace, outermost first
  std::map<std::string, std::string> status;  ///< all of /proc/PID/status
};

/// Nothing where the process has ended.
std::optional<ProcessInfo> readProcess(pid_t pid, const Path& proc = "/proc");

/// "1h2m3.5s", as Go prints a duration.
std::string goDuration(std::uint64_t ticks, std::uint64_t ticksPerSecond);
/// "pts/0", or "?" for none.
std::string terminalName(long device);

}  // namespace engine
