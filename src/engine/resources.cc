#include "engine/resources.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "engine/io_limits.h"
#include "kernel/cgroup/hugetlb.h"

namespace engine {

namespace {

constexpr std::int64_t minimumMemory = 6 << 20;
// Linux: kernel/sched/core.c, min_cfs_quota_period and max_cfs_quota_period.
constexpr std::int64_t minimumQuota = 1000;
constexpr std::uint64_t minimumPeriod = 1000, maximumPeriod = 1000000;
constexpr std::uint64_t defaultPeriod = 100000;

void checkCpu(const Resources& resources) {
  if (resources.cpus.value_or(0) != 0 && (resources.cpuQuota || resources.cpuPeriod)) {
    refuse("--cpus cannot be combined with --cpu-period or --cpu-quota: it sets both");
  }
  // The comparison is written so that not-a-number fails it.
  const double least = static_cast<double>(minimumQuota) / static_cast<double>(defaultPeriod);
  if (resources.cpus && *resources.cpus != 0 &&
      !(*resources.cpus >= least && *resources.cpus <= 1e6)) {
    refuse("--cpus: the number of processors must be 0 (no limit) or at least 0.01");
  }
  if (resources.cpuPeriod && *resources.cpuPeriod != 0 &&
      (*resources.cpuPeriod < minimumPeriod || *resources.cpuPeriod > maximumPeriod)) {
    refuse(cat("--cpu-period ", *resources.cpuPeriod, ": the kernel takes ", minimumPeriod, " to ",
               maximumPeriod, " microseconds"));
  }
  if (resources.cpuQuota && *resources.cpuQuota != 0 && *resources.cpuQuota != -1 &&
      *resources.cpuQuota < minimumQuota) {
    refuse(cat("--cpu-quota ", *resources.cpuQuota, ": the kernel takes at least ", minimumQuota,
               " microseconds, or -1 for no limit"));
  }
  if (resources.cpuShares && *resources.cpuShares != 0 &&
      (*resources.cpuShares < 2 || *resources.cpuShares > 262144)) {
    refuse(cat("--cpu-shares ", *resources.cpuShares, ": the kernel takes 2 to 262144"));
  }
  if (resources.cpuRtRuntime.value_or(0) < 0 ||
      (resources.cpuRtPeriod && resources.cpuRtRuntime &&
       static_cast<std::uint64_t>(*resources.cpuRtRuntime) > *resources.cpuRtPeriod)) {
    refuse("--cpu-rt-runtime must be 0 or more and not above --cpu-rt-period");
  }
}

void checkPids(const Resources& resources) {
  // Linux: include/linux/threads.h, PID_MAX_LIMIT
  constexpr std::int64_t most = 4 << 20;
  if (resources.pidsLimit && (*resources.pidsLimit < -1 || *resources.pidsLimit > most)) {
    refuse(cat("--pids-limit ", *resources.pidsLimit, ": the kernel takes 1 to ", most,
               ", or -1 for no limit"));
  }
}

void checkFiles(const StringMap& files) {
  for (const auto& [file, value] : files) {
    // Those of the core move processes and freeze them: peapod's own business.
    if (file.find('/') != std::string::npos || file.starts_with("cgroup.") ||
        file.find('.') == std::string::npos) {
      refuse(cat("--cgroup-conf ", file, ": it must be a controller's file, such as memory.high"));
    }
  }
}

void checkHugePages(const Resources& resources) {
  if (resources.hugetlb.empty()) {
    return;
  }
  const std::vector<std::string> sizes = hugePageSizes();
  for (const auto& [size, limit] : resources.hugetlb) {
    if (std::find(sizes.begin(), sizes.end(), size) == sizes.end()) {
      refuse(cat("--hugetlb ", size, ": this machine has no huge pages of that size (",
                 sizes.empty() ? "none at all" : join(sizes, ", "), ")"));
    }
    if (limit < -1) {
      refuse(cat("--hugetlb ", size, ":", limit, ": it must be 0 or more, or -1 for no limit"));
    }
  }
}

void checkMemory(const Resources& resources) {
  const std::int64_t memory = resources.memory.value_or(0);
  if (memory < -1 || (memory > 0 && memory < minimumMemory)) {
    refuse(
        cat("--memory ", memory, ": the minimum memory limit is ", minimumMemory, " bytes (6m)"));
  }
  if (resources.memorySwap && *resources.memorySwap != 0) {
    const std::int64_t swap = *resources.memorySwap;
    if (memory <= 0 && swap != -1) {
      refuse("--memory-swap is memory plus swap: it needs --memory, too");
    }
    if (swap < -1 || (swap != -1 && swap < memory)) {
      refuse(cat("--memory-swap ", swap, " is memory plus swap: it must not be below --memory, ",
                 memory));
    }
  }
  if (resources.memorySwappiness &&
      (*resources.memorySwappiness < -1 || *resources.memorySwappiness > 100)) {
    refuse(cat("--memory-swappiness ", *resources.memorySwappiness, ": the kernel takes 0 to 100"));
  }
  const std::int64_t reservation = resources.memoryReservation.value_or(0);
  if (reservation < 0 || (memory > 0 && reservation > memory)) {
    refuse(cat("--memory-reservation ", reservation, " must not be negative or above --memory, ",
               memory));
  }
}

void checkSet(const char* option, const std::string& asked, const std::string& online) {
  if (asked.empty()) {
    return;
  }
  const std::set<unsigned> wanted = within(option, [&] { return parseCpuList(asked); });
  const std::set<unsigned> there = parseCpuList(std::string(trim(online)));
  if (!std::includes(there.begin(), there.end(), wanted.begin(), wanted.end())) {
    refuse(cat(option, ": not available - requested ", asked, ", available: ", trim(online)));
  }
}

std::optional<std::int64_t> limitOf(std::optional<std::int64_t> value) {
  if (!value || *value == 0) {
    return std::nullopt;
  }
  return *value < 0 ? CgroupLimits::noLimit : *value;
}

std::optional<std::int64_t> swapLimit(const Resources& resources) {
  if (resources.memorySwap && *resources.memorySwap == -1) {
    return CgroupLimits::noLimit;
  }
  const std::int64_t memory = resources.memory.value_or(0);
  if (memory <= 0) {
    return std::nullopt;
  }
  const std::int64_t both = resources.memorySwap.value_or(0);
  return both == 0 ? memory : both - memory;
}

}  // namespace

void refuse(const std::string& text) {
  throw Error(ErrorKind::invalid, text);
}

void checkResources(const Resources& resources, const std::string& onlineCpus,
                    const std::string& onlineNodes) {
  checkCpu(resources);
  checkMemory(resources);
  checkPids(resources);
  ioLimits(resources);
  checkHugePages(resources);
  checkFiles(resources.cgroupConf);
  checkSet("--cpuset-cpus", resources.cpusetCpus, onlineCpus);
  checkSet("--cpuset-mems", resources.cpusetMems, onlineNodes);
}

void checkResources(const Resources& resources) {
  const bool sets = !resources.cpusetCpus.empty() || !resources.cpusetMems.empty();
  // A kernel without NUMA has no list of nodes; it has one node then.
  checkResources(resources, sets ? readFile("/sys/devices/system/cpu/online") : "",
                 sets ? readFileIfExists("/sys/devices/system/node/online").value_or("0") : "");
}

CgroupLimits cgroupLimits(const Resources& resources) {
  CgroupLimits limits;
  limits.memoryMax = limitOf(resources.memory);
  limits.memoryLow = limitOf(resources.memoryReservation);
  limits.swapMax = swapLimit(resources);
  limits.swapImplied = limits.swapMax && resources.memorySwap.value_or(0) == 0;
  limits.cpuQuota = limitOf(resources.cpuQuota);
  if (resources.cpuPeriod.value_or(0) != 0) {
    limits.cpuPeriod = resources.cpuPeriod;
  }
  if (resources.cpus.value_or(0) > 0) {
    limits.cpuPeriod = defaultPeriod;
    limits.cpuQuota = std::llround(*resources.cpus * static_cast<double>(defaultPeriod));
  }
  if (resources.cpuShares.value_or(0) != 0) {
    limits.cpuShares = resources.cpuShares;
  }
  if (resources.pidsLimit) {
    limits.pidsMax = *resources.pidsLimit > 0 ? *resources.pidsLimit : CgroupLimits::noLimit;
  }
  limits.cpusetCpus = resources.cpusetCpus;
  limits.cpusetMems = resources.cpusetMems;
  if (resources.memorySwappiness.value_or(-1) >= 0) {
    limits.swappiness = static_cast<std::uint64_t>(*resources.memorySwappiness);
  }
  if (resources.oomKillDisable) {
    limits.oomKillDisable = true;
  }
  limits.rtPeriod = resources.cpuRtPeriod;
  limits.rtRuntime = resources.cpuRtRuntime;
  if (resources.blkioWeight.value_or(0) != 0) {
    limits.ioWeight = resources.blkioWeight;
  }
  limits.hugetlb = resources.hugetlb;
  limits.files = resources.cgroupConf;
  return limits;
}

CgroupLimits limitsAtStart(const Resources& resources) {
  CgroupLimits limits = cgroupLimits(resources);
  limits.io = ioLimits(resources);
  std::erase_if(limits.io, [](const IoLimit& limit) { return limit.value == 0; });
  return limits;
}

std::set<unsigned> parseCpuList(const std::string& text) {
  constexpr unsigned most = 8192;  // the kernel's largest CONFIG_NR_CPUS
  std::set<unsigned> numbers;
  for (const std::string& piece : split(text, ',')) {
    const std::vector<std::string> ends = split(piece, '-');
    const auto first = parseNumber<unsigned>(ends.front());
    const auto last = parseNumber<unsigned>(ends.back());
    if (ends.size() > 2 || !first || !last || *first > *last || *last >= most) {
      refuse(cat("\"", text, "\" is not a list such as 0-2,7"));
    }
    for (unsigned number = *first; number <= *last; ++number) {
      numbers.insert(number);
    }
  }
  return numbers;
}

}  // namespace engine
