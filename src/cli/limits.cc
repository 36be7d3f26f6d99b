#include "cli/limits.h"

#include <algorithm>
#include <array>

#include "cli/option_values.h"

namespace cli {
namespace {

/// The kernel does not take a quota below 1 ms of the 100 ms period (kernel/sched/core.c,
/// min_cfs_quota_period).
constexpr double minCpus = 0.01;
constexpr std::array ulimitNames{"core",     "cpu",        "data",   "fsize", "locks", "memlock",
                                 "msgqueue", "nice",       "nofile", "nproc", "rss",   "rtprio",
                                 "rttime",   "sigpending", "stack",  "as"};

std::int64_t parseLimit(std::string_view text) {
  if (text == "unlimited" || text == "-1") {
    return -1;
  }
  const auto number = parseNumber<std::int64_t>(text);
  if (!number || *number < 0) {
    throw invalidValue(text, "a number of 0 or more, or -1 (unlimited)");
  }
  return *number;
}

}  // namespace

std::int64_t parseBytes(const std::string& text) {
  const auto size = parseSize(text);
  if (!size || *size < 0) {
    throw invalidValue(text, "a number with an optional unit b, k, m, g or t, such as 512m");
  }
  return *size;
}

double parseCpus(const std::string& text) {
  const auto cpus = parseFraction(text);
  if (!cpus || *cpus < 0) {
    throw invalidValue(text, "a number of CPUs, such as 1.5");
  }
  if (*cpus != 0 && *cpus < minCpus) {
    throw invalidValue(text, "at least 0.01 CPUs");
  }
  return *cpus;
}

std::string parseNumberList(const std::string& text) {
  for (const auto& piece : split(text, ',')) {
    const auto ends = split(piece, '-');
    const auto first = parseNumber<unsigned>(ends.front());
    const auto last = parseNumber<unsigned>(ends.back());
    if (ends.size() > 2 || !first || !last || *last < *first) {
      throw invalidValue(text, "a list of numbers and ranges, such as 0-3,6");
    }
  }
  return text;
}

Ulimit parseUlimit(const std::string& text) {
  if (text == "host") {
    throw Error(ErrorKind::unsupported, "\"host\" is not supported yet");
  }
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw invalidValue(text, "NAME=SOFT[:HARD]");
  }
  Ulimit limit;
  limit.name = lower(text.substr(0, equals));
  if (limit.name.starts_with("rlimit_")) {
    limit.name.erase(0, 7);
  }
  if (std::find(ulimitNames.begin(), ulimitNames.end(), limit.name) == ulimitNames.end()) {
    throw Error(ErrorKind::invalid, cat("unknown limit \"", limit.name, "\": it must be one of ",
                                        join({ulimitNames.begin(), ulimitNames.end()}, ", ")));
  }
  const auto values = split(std::string_view(text).substr(equals + 1), ':', 2);
  limit.soft = parseLimit(values.front());
  limit.hard = parseLimit(values.back());
  if (limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard)) {
    throw invalidValue(text, "NAME=SOFT:HARD with SOFT not above HARD");
  }
  return limit;
}

RestartPolicy parseRestartPolicy(const std::string& text) {
  const auto parts = split(text, ':', 2);
  RestartPolicy policy{parts.front() == "never" ? "no" : parts.front()};
  const bool known = policy.name == "no" || policy.name == "on-failure" ||
                     policy.name == "always" || policy.name == "unless-stopped";
  const bool hasCount = parts.size() == 2;
  const auto count = hasCount ? parseNumber<unsigned>(parts[1]) : std::optional<unsigned>(0);
  if (!known || !count || (hasCount && policy.name != "on-failure")) {
    throw invalidValue(text, "no, always, unless-stopped, on-failure or on-failure:RETRIES");
  }
  policy.maxRetries = *count;
  return policy;
}

}  // namespace cli
