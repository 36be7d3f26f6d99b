#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/file.h"

/// What has gone through the interfaces of a network namespace, loopback excepted (proc(5)).
namespace engine {

struct NetworkBytes {
  std::uint64_t in = 0, out = 0;
};

/// From the text of /proc/PID/net/dev.
NetworkBytes parseNetworkBytes(std::string_view text);
/// Of the namespace that the process is in; nothing has gone through where it has ended.
NetworkBytes networkBytes(pid_t pid, const Path& proc = "/proc");

}  // namespace engine
