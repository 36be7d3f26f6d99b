#include "cli/limits.h"
#include "cli/option_values.h"

/// The options that a pod, a container and `update` have in common.
namespace cli {
namespace {

/// cpu.shares of cgroup v1 is clamped to this range; so a value outside is a mistake.
constexpr std::uint64_t minShares = 2, maxShares = 262144;
constexpr std::uint64_t minWeight = 10, maxWeight = 1000;

std::uint64_t parseWeight(const std::string& text) {
  const auto weight = parseNumber<std::uint64_t>(text);
  if (!weight || (*weight != 0 && (*weight < minWeight || *weight > maxWeight))) {
    throw invalidValue(text, "a number from 10 to 1000");
  }
  return *weight;
}

std::uint64_t parseOperations(const std::string& text) {
  const auto rate = parseNumber<std::uint64_t>(text);
  if (!rate) {
    throw invalidValue(text, "a number of operations per second");
  }
  return *rate;
}

std::uint64_t parseRate(const std::string& text) {
  return static_cast<std::uint64_t>(parseBytes(text));
}

/// DEVICE:VALUE, separated by commas.
void addDeviceLimit(Options& options, std::string_view name, const std::string& help,
                    std::vector<DeviceLimit>& limits,
                    std::uint64_t (*parse)(const std::string& text)) {
  options.each(name, help, "strings", [&limits, parse](const std::string& value) {
    for (const std::string& element : splitList(value)) {
      const auto colon = element.rfind(':');
      if (colon == std::string::npos || !element.starts_with('/')) {
        throw invalidValue(element, "DEVICE:VALUE, such as /dev/sda:1mb");
      }
      limits.push_back({element.substr(0, colon), parse(element.substr(colon + 1))});
    }
  });
}

void addCpuLimits(Options& options, Resources& resources) {
  options.each("--cpus", "Number of CPUs. The default is no limit", "float",
               [&resources](const std::string& value) { resources.cpus = parseCpus(value); });
  options.number("--cpu-period", resources.cpuPeriod, "Period of the CPU quota in microseconds");
  options.number("--cpu-quota", resources.cpuQuota, "CPU time per period in microseconds");
  options.number("--cpu-rt-period", resources.cpuRtPeriod,
                 "Period of the real-time CPU time in microseconds (cgroup v1)");
  options.number("--cpu-rt-runtime", resources.cpuRtRuntime,
                 "Real-time CPU time per period in microseconds (cgroup v1)");
  options.each("-c --cpu-shares", "CPU shares (relative weight)", "uint",
               [&resources](const std::string& value) {
                 const auto shares = parseNumber<std::uint64_t>(value);
                 if (!shares || (*shares != 0 && (*shares < minShares || *shares > maxShares))) {
                   throw invalidValue(value, "a number from 2 to 262144");
                 }
                 resources.cpuShares = shares;
               });
  options.each(
      "--cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)", "string",
      [&resources](const std::string& value) { resources.cpusetCpus = parseNumberList(value); });
  options.each(
      "--cpuset-mems", "Memory nodes in which to allow execution (0-3, 0,1)", "string",
      [&resources](const std::string& value) { resources.cpusetMems = parseNumberList(value); });
}

void addMemoryLimits(Options& options, Resources& resources) {
  constexpr const char* bytes = "<number>[<unit>]";
  options.each("-m --memory", "Memory limit", bytes,
               [&resources](const std::string& value) { resources.memory = parseBytes(value); });
  options.each(
      "--memory-reservation", "Memory soft limit", bytes,
      [&resources](const std::string& value) { resources.memoryReservation = parseBytes(value); });
  options.each("--memory-swap", "Limit of memory plus swap: -1 for unlimited swap", bytes,
               [&resources](const std::string& value) {
                 resources.memorySwap = value == "-1" ? -1 : parseBytes(value);
               });
  options.each("--memory-swappiness", "How readily memory is swapped, 0 to 100 (cgroup v1)", "int",
               [&resources](const std::string& value) {
                 const auto number = parseNumber<std::int64_t>(value);
                 if (!number || *number < -1 || *number > 100) {
                   throw invalidValue(value, "a number from 0 to 100, or -1 (the machine's)");
                 }
                 resources.memorySwappiness = number;
               });
}

void addIoLimits(Options& options, Resources& resources) {
  options.each(
      "--blkio-weight", "Block I/O weight (10 to 1000)", "uint",
      [&resources](const std::string& value) { resources.blkioWeight = parseWeight(value); });
  addDeviceLimit(options, "--blkio-weight-device", "Block I/O weight of a device (DEVICE:WEIGHT)",
                 resources.blkioWeightDevice, parseWeight);
  addDeviceLimit(options, "--device-read-bps", "Bytes per second from a device (/dev/sda:1mb)",
                 resources.readBps, parseRate);
  addDeviceLimit(options, "--device-read-iops",
                 "Read operations per second from a device (/dev/sda:1000)", resources.readIops,
                 parseOperations);
  addDeviceLimit(options, "--device-write-bps", "Bytes per second to a device (/dev/sda:1mb)",
                 resources.writeBps, parseRate);
  addDeviceLimit(options, "--device-write-iops",
                 "Write operations per second to a device (/dev/sda:1000)", resources.writeIops,
                 parseOperations);
}

}  // namespace

void addLimits(Options& options, Resources& resources) {
  addCpuLimits(options, resources);
  addMemoryLimits(options, resources);
  addIoLimits(options, resources);
  options.each("--hugetlb", "Limit of memory in huge pages of a size (2MB:512m; -1 for unlimited)",
               "SIZE:<number>[<unit>]", [&resources](const std::string& value) {
                 const auto colon = value.find(':');
                 if (colon == 0 || colon == std::string::npos) {
                   throw invalidValue(value, "SIZE:LIMIT, such as 2MB:512m");
                 }
                 const std::string limit = value.substr(colon + 1);
                 resources.hugetlb[value.substr(0, colon)] = limit == "-1" ? -1 : parseBytes(limit);
               });
  options.number("--pids-limit", resources.pidsLimit,
                 "Limit of the number of processes (-1 for unlimited)");
  options.each("--cgroup-conf", "Set a file of the cgroup (FILE=VALUE; cgroup v2)", "strings",
               [&resources](const std::string& value) {
                 const auto equals = value.find('=');
                 const std::string file = value.substr(0, equals);
                 if (equals == std::string::npos || file.find('.') == std::string::npos ||
                     file.find('/') != std::string::npos || file.starts_with('.')) {
                   throw invalidValue(value, "FILE=VALUE, such as memory.high=1073741824");
                 }
                 resources.cgroupConf[file] = value.substr(equals + 1);
               });
}

void checkLimits(const Resources& resources) {
  if (resources.cpus.value_or(0) != 0 && (resources.cpuPeriod || resources.cpuQuota)) {
    throw Error(ErrorKind::invalid,
                "options --cpus and --cpu-period or --cpu-quota say the same: give one of them");
  }
  const std::int64_t memory = resources.memory.value_or(0);
  if (resources.memorySwap.value_or(0) != 0 && memory == 0) {
    throw Error(ErrorKind::invalid, "option --memory-swap needs --memory too");
  }
  if (memory == 0) {
    return;
  }
  const std::int64_t both = resources.memorySwap.value_or(0);
  if (both > 0 && both < memory) {
    throw Error(ErrorKind::invalid,
                cat("option --memory-swap (", both, " bytes) must not be below --memory (", memory,
                    " bytes): it is the sum of memory and swap"));
  }
  if (resources.memoryReservation.value_or(0) > memory) {
    throw Error(ErrorKind::invalid, "option --memory-reservation must not be above --memory");
  }
}

}  // namespace cli
