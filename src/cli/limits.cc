#include "cli/limits.h"

#include <algorithm>
#include <array>

#include "cli/option_values.h"

namespace cli {
namespace {

/// The kernel does not take a quota below 1 ms of the 100 ms period (kernel/sched/core.c,
/// min_cfs_quota_period).
constexpr double minCpus = 0.01;
/// cpu.shares of cgroup v1 is clamped to this range; so a value outside is a mistake.
constexpr std::uint64_t minShares = 2, maxShares = 262144;

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

std::optional<std::int64_t> bytesOrNone(const std::string& text) {
  const std::int64_t bytes = parseBytes(text);
  return bytes == 0 ? std::nullopt : std::optional(bytes);
}

}  // namespace

std::int64_t parseBytes(const std::string& text) {
  const auto size = parseSize(text);
  if (!size || *size < 0) {
    throw invalidValue(text, "a number with an optional unit b, k, m, g or t, such as 512m");
  }
  return *size;
}

std::optional<double> parseCpus(const std::string& text) {
  const auto cpus = parseFraction(text);
  if (!cpus || *cpus < 0) {
    throw invalidValue(text, "a number of CPUs, such as 1.5");
  }
  if (*cpus == 0) {
    return std::nullopt;
  }
  if (*cpus < minCpus) {
    throw invalidValue(text, "at least 0.01 CPUs");
  }
  return cpus;
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

void addPodLimits(Options& options, Resources& resources) {
  options.each("--cpus", "Number of CPUs. The default is no limit", "float",
               [&resources](const std::string& value) { resources.cpus = parseCpus(value); });
  options.each("-c --cpu-shares", "CPU shares (relative weight)", "uint",
               [&resources](const std::string& value) {
                 const auto shares = parseNumber<std::uint64_t>(value);
                 if (!shares || (*shares != 0 && (*shares < minShares || *shares > maxShares))) {
                   throw invalidValue(value, "a number from 2 to 262144");
                 }
                 resources.cpuShares = *shares == 0 ? std::nullopt : shares;
               });
  options.each(
      "--cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)", "string",
      [&resources](const std::string& value) { resources.cpusetCpus = parseNumberList(value); });
  options.each(
      "--cpuset-mems", "Memory nodes in which to allow execution (0-3, 0,1)", "string",
      [&resources](const std::string& value) { resources.cpusetMems = parseNumberList(value); });
  options.each("-m --memory", "Memory limit", "<number>[<unit>]",
               [&resources](const std::string& value) { resources.memory = bytesOrNone(value); });
  options.each("--memory-swap", "Limit of memory plus swap: -1 for unlimited swap",
               "<number>[<unit>]", [&resources](const std::string& value) {
                 resources.memorySwap =
                     value == "-1" ? std::optional<std::int64_t>(-1) : bytesOrNone(value);
               });
}

void addContainerLimits(Options& options, Resources& resources) {
  options.number("--cpu-period", resources.cpuPeriod, "Period of the CPU quota in microseconds");
  options.number("--cpu-quota", resources.cpuQuota, "CPU time per period in microseconds");
  options.each(
      "--memory-reservation", "Memory soft limit", "<number>[<unit>]",
      [&resources](const std::string& value) { resources.memoryReservation = bytesOrNone(value); });
  options.number("--pids-limit", resources.pidsLimit,
                 "Limit of the number of processes (-1 for unlimited)");
}

void checkLimits(const Resources& resources) {
  if (resources.cpus && (resources.cpuPeriod || resources.cpuQuota)) {
    throw Error(ErrorKind::invalid,
                "options --cpus and --cpu-period or --cpu-quota say the same: give one of them");
  }
  if (resources.memorySwap && !resources.memory) {
    throw Error(ErrorKind::invalid, "option --memory-swap needs --memory too");
  }
  if (!resources.memory) {
    return;
  }
  if (resources.memorySwap && *resources.memorySwap != -1 &&
      *resources.memorySwap < *resources.memory) {
    throw Error(ErrorKind::invalid, cat("option --memory-swap (", *resources.memorySwap,
                                        " bytes) must not be below --memory (", *resources.memory,
                                        " bytes): it is the sum of memory and swap"));
  }
  if (resources.memoryReservation && *resources.memoryReservation > *resources.memory) {
    throw Error(ErrorKind::invalid, "option --memory-reservation must not be above --memory");
  }
}

}  // namespace cli
