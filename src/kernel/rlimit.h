#pragma once

#include <sys/resource.h>

#include <optional>
#include <string_view>

/// RLIMIT_... by "RLIMIT_NOFILE" or "nofile" (getrlimit(2)).
std::optional<int> rlimitByName(std::string_view name);

/// Puts the limit in force. Without CAP_SYS_RESOURCE a hard limit cannot grow: then the present one
/// bounds both, since a container with a smaller limit is of more use than none.
void setRlimit(int resource, rlim_t soft, rlim_t hard);
