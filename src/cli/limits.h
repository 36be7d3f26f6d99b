#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "spec/request.h"

namespace cli {

/// Bytes as the field writes them ("512m", "6g"). The Error says what is right.
std::int64_t parseBytes(const std::string& text);
/// A number of CPUs ("1.5"); 0 is no limit.
double parseCpus(const std::string& text);
/// A list of numbers and ranges ("0-3,6"), as cpuset(7) has it.
std::string parseNumberList(const std::string& text);
/// NAME=SOFT[:HARD] with a name of prlimit(1) and -1 or "unlimited".
Ulimit parseUlimit(const std::string& text);
/// no, never, always, unless-stopped, on-failure[:N].
RestartPolicy parseRestartPolicy(const std::string& text);

/// The limits that a pod, a container and `update` have. 0 takes a limit away.
void addLimits(Options& options, Resources& resources);
/// What options say together must not contradict itself.
void checkLimits(const Resources& resources);

}  // namespace cli
