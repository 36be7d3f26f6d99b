#include "kernel/cgroup/v1_readings.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/hugetlb.h"
#include "kernel/cgroup/knobs.h"
#include "kernel/cgroup/readings.h"
#include "kernel/cgroup/v1_limits.h"

namespace cgroup_v1 {

namespace {

constexpr std::uint64_t defaultShares = 1024;
constexpr std::optional<std::uint64_t> defaultWeight = 100;

std::optional<std::int64_t> readSigned(const Path& directory, std::string_view file) {
  const auto text = readKnob(directory, file);
  return text ? parseNumber<std::int64_t>(trim(*text)) : std::nullopt;
}

std::string readList(const Path& directory, std::string_view file) {
  const auto text = readKnob(directory, file);
  return text ? std::string(trim(*text)) : "";
}

std::optional<std::int64_t> asLimit(std::optional<std::uint64_t> value) {
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

}  // namespace

void readMemoryStats(const Path& directory, CgroupStats::Extent extent, CgroupStats& stats) {
  const std::string text = readKnob(directory, "memory.stat").value_or("");
  const auto usage = readCount(directory, "memory.usage_in_bytes").value_or(0);
  stats.memoryUsage = usage - std::min(usage, fieldOf(text, "total_inactive_file"));
  const std::uint64_t limit = fieldOf(text, "hierarchical_memory_limit");
  stats.memoryMax = text.empty() ? std::nullopt : finiteLimit(limit);
  if (extent == CgroupStats::Extent::whole) {
    stats.memoryPeak = readCount(directory, "memory.max_usage_in_bytes").value_or(0);
  }
}

void readCpuStats(const Path& directory, CgroupStats::Extent extent, CgroupStats& stats) {
  constexpr std::uint64_t perMicrosecond = 1000;
  stats.cpuUsec = readCount(directory, "cpuacct.usage").value_or(0) / perMicrosecond;
  if (extent == CgroupStats::Extent::whole) {
    stats.cpuSystemUsec = readCount(directory, "cpuacct.usage_sys").value_or(0) / perMicrosecond;
  }
}

void readPidsStats(const Path& directory, CgroupStats::Extent extent, CgroupStats& stats) {
  stats.pids = readCount(directory, "pids.current").value_or(0);
  if (extent == CgroupStats::Extent::whole) {
    stats.pidsPeak = readCount(directory, "pids.peak").value_or(stats.pids);
    stats.pidsMax = readCount(directory, "pids.max");
  }
}

void readMemoryLimits(const Path& directory, CgroupLimits& limits) {
  const auto memory = memoryLimit(directory);
  const auto both = memoryAndSwapLimit(directory);
  limits.memoryMax = asLimit(memory);
  limits.memoryLow = asLimit(softLimit(directory));
  if (memory && both) {
    limits.swapMax = static_cast<std::int64_t>(*both - *memory);
  }
  const auto swappiness = readCount(directory, "memory.swappiness");
  if (swappiness != readCount(directory.parent_path(), "memory.swappiness")) {
    limits.swappiness = swappiness;
  }
  if (readField(directory, "memory.oom_control", "oom_kill_disable") == 1) {
    limits.oomKillDisable = true;
  }
}

void readCpuLimits(const Path& directory, CgroupLimits& limits) {
  const auto quota = readSigned(directory, "cpu.cfs_quota_us");
  if (quota && *quota > 0) {
    limits.cpuQuota = quota;
    limits.cpuPeriod = readCount(directory, "cpu.cfs_period_us");
  }
  const auto shares = readCount(directory, "cpu.shares");
  if (shares && *shares != defaultShares) {
    limits.cpuShares = shares;
  }
  const auto runtime = readSigned(directory, "cpu.rt_runtime_us");
  if (runtime && *runtime != 0) {
    limits.rtRuntime = runtime;
    limits.rtPeriod = readCount(directory, "cpu.rt_period_us");
  }
}

void readPidsLimits(const Path& directory, CgroupLimits& limits) {
  limits.pidsMax = asLimit(readCount(directory, "pids.max"));
}

void readCpusetLimits(const Path& directory, CgroupLimits& limits) {
  limits.cpusetCpus = readList(directory, "cpuset.cpus");
  limits.cpusetMems = readList(directory, "cpuset.mems");
}

void readBlkioLimits(const Path& directory, CgroupLimits& limits) {
  const auto weight = readCount(directory, "blkio.bfq.weight");
  limits.ioWeight = weight == defaultWeight ? std::nullopt : weight;
  addDeviceLines(directory / "blkio.bfq.weight_device", "weight", limits.io);
  addDeviceLines(directory / "blkio.throttle.read_bps_device", "rbps", limits.io);
  addDeviceLines(directory / "blkio.throttle.write_bps_device", "wbps", limits.io);
  addDeviceLines(directory / "blkio.throttle.read_iops_device", "riops", limits.io);
  addDeviceLines(directory / "blkio.throttle.write_iops_device", "wiops", limits.io);
}

void readHugetlbLimits(const Path& directory, CgroupLimits& limits) {
  constexpr std::uint64_t leastUnlimited = 1ULL
                                           << 62U;  // the kernel's is rounded down to a page's size
  addHugetlbLimits(directory, ".limit_in_bytes", limits);
  std::erase_if(limits.hugetlb, [](const auto& one) {
    return static_cast<std::uint64_t>(one.second) >= leastUnlimited;
  });
}

UniqueFd registerOomEvents(const Path& directory) {
  const Path file = directory / "memory.oom_control";
  const UniqueFd control(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!control) {
    throw systemError("opening ", file.native());
  }
  UniqueFd events(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!events) {
    throw systemError("making an eventfd");
  }
  // Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control". The registration goes with the
  // node, and with the eventfd.
  writeKnob(directory / "cgroup.event_control", cat(events.get(), ' ', control.get()));
  return events;
}

}  // namespace cgroup_v1
