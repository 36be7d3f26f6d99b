#include "kernel/cgroup/v1_limits.h"

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"

namespace cgroup_v1 {

namespace {

constexpr std::string_view limitFile = "memory.limit_in_bytes";
constexpr std::string_view bothFile = "memory.memsw.limit_in_bytes";
/// The kernel prints the highest multiple of a page for "no limit".
constexpr std::uint64_t unlimited = 0x7ffffffffffff000 - 0xffff;

std::optional<std::uint64_t> currentLimit(const Path& directory, std::string_view file) {
  return finiteLimit(readCount(directory, file));
}

/// CPU time as cpu.cfs_quota_us and cpu.cfs_period_us have it; a quota below 0 is none.
struct Bandwidth {
  std::int64_t quota = -1;
  std::uint64_t period = 100'000;

  bool above(const Bandwidth& other) const {
    return quota > 0 && other.quota > 0 &&
           static_cast<double>(quota) * static_cast<double>(other.period) >
               static_cast<double>(other.quota) * static_cast<double>(period);
  }
};

constexpr std::string_view quotaFile = "cpu.cfs_quota_us", periodFile = "cpu.cfs_period_us";

std::optional<Bandwidth> readBandwidth(const Path& directory) {
  const auto quota = readFileIfExists(directory / quotaFile);
  const auto period = readCount(directory, periodFile);
  if (!quota || !period) {
    return std::nullopt;
  }
  return Bandwidth{parseNumber<std::int64_t>(trim(*quota)).value_or(-1), *period};
}

/// Unlike v2 the kernel refuses more than a level above has. The quota of that one bounds this one
/// anyway, so it gets none of its own.
bool isBoundedAbove(const Path& directory, const Bandwidth& wanted) {
  for (Path level = directory.parent_path();; level = level.parent_path()) {
    const auto above = readBandwidth(level);
    if (!above) {
      return false;
    }
    if (wanted.above(*above)) {
      return true;
    }
  }
}

/// And less than a level below has: those lose theirs, for the same reason.
void unboundBelow(KnobChanges& knobs, const Path& directory, const Bandwidth& wanted) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    if (!entry.is_directory(none)) {
      continue;
    }
    if (const auto below = readBandwidth(entry.path()); below && below->above(wanted)) {
      knobs.set(entry.path(), quotaFile, "-1");
    }
    unboundBelow(knobs, entry.path(), wanted);
  }
}

void setBandwidth(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  const Bandwidth before = readBandwidth(directory).value_or(Bandwidth{});
  const Bandwidth wanted{limits.cpuQuota.value_or(before.quota),
                         limits.cpuPeriod.value_or(before.period)};
  const bool bounded = isBoundedAbove(directory, wanted);
  if (!knobs.fresh()) {
    unboundBelow(knobs, directory, wanted);
  }
  // quota/period must fit between the children's and the parent's after each of the two writes;
  // lifting the quota first leaves only one that can be refused.
  if (limits.cpuPeriod) {
    if (!knobs.fresh()) {
      knobs.set(directory, quotaFile, "-1");
    }
    knobs.set(directory, periodFile, cat(*limits.cpuPeriod));
  }
  if (!knobs.fresh() || wanted.quota > 0) {
    knobs.set(directory, quotaFile, bounded || wanted.quota < 0 ? "-1" : cat(wanted.quota));
  }
}

/// Documentation/scheduler/sched-rt-group.rst: a new node has none, and what the nodes of a level
/// have must be there above.
void setRealTime(KnobChanges& knobs, const Path& directory, std::int64_t runtime) {
  constexpr std::string_view file = "cpu.rt_runtime_us";
  try {
    knobs.set(directory, file, cat(runtime));
  } catch (const Error& error) {
    if (error.code() != EINVAL) {
      throw;
    }
    const Path above = directory.parent_path();
    throw Error(error.kind(),
                cat(error.what(), " (the cgroup above has ", readCount(above, file).value_or(0),
                    " microseconds to give: raise ", above.native(), "/", file, ")"),
                EINVAL);
  }
}

/// v1 limits memory plus swap where v2 limits swap. Nothing where that is to stay unlimited.
std::optional<std::int64_t> memoryAndSwap(const Path& directory, const CgroupLimits& limits) {
  const auto memoryBefore = currentLimit(directory, limitFile);
  const auto bothBefore = currentLimit(directory, bothFile);
  std::optional<std::int64_t> memory = limits.memoryMax;
  if (!memory && memoryBefore) {
    memory = static_cast<std::int64_t>(*memoryBefore);
  }
  std::optional<std::int64_t> swap = limits.swapMax;
  if (!swap && memoryBefore && bothBefore) {
    swap = static_cast<std::int64_t>(*bothBefore - *memoryBefore);
  }
  if (!memory || *memory == CgroupLimits::noLimit || !swap || *swap == CgroupLimits::noLimit) {
    return std::nullopt;
  }
  return *memory + *swap;
}

/// The kernel refuses a limit below what is in use and cannot be reclaimed.
void setMemoryLimit(KnobChanges& knobs, const Path& directory, std::int64_t max) {
  try {
    knobs.set(directory, limitFile, cat(max));
  } catch (const Error& error) {
    if (error.code() != EBUSY) {
      throw;
    }
    throw Error(ErrorKind::in_use,
                cat(error.what(), " (", readCount(directory, "memory.usage_in_bytes").value_or(0),
                    " bytes are in use)"),
                EBUSY);
  }
}

}  // namespace

void setMemory(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (limits.memoryLow) {
    knobs.set(directory, "memory.soft_limit_in_bytes", cat(*limits.memoryLow));
  }
  if (limits.swappiness) {
    knobs.set(directory, "memory.swappiness", cat(*limits.swappiness));
  }
  if (limits.oomKillDisable) {
    knobs.setEntry(directory, "memory.oom_control",
                   {"", "", *limits.oomKillDisable ? "1" : "0", "0"});
  }
  if (!limits.memoryMax && !limits.swapMax) {
    return;
  }
  knobs.requireSwap(directory, bothFile, limits);
  const auto both = memoryAndSwap(directory, limits);
  const auto bothBefore = knobs.fresh() ? std::nullopt : currentLimit(directory, bothFile);
  const std::string bothText = both ? cat(*both) : "-1";
  // Memory alone may at no moment be more than memory plus swap: a higher sum goes first.
  const bool sumFirst = bothBefore && (!both || static_cast<std::uint64_t>(*both) > *bothBefore);
  if (sumFirst) {
    knobs.setIfThere(directory, bothFile, bothText);
  }
  if (limits.memoryMax) {
    setMemoryLimit(knobs, directory, *limits.memoryMax);
  }
  if (!sumFirst && (both || bothBefore)) {
    // Absent without swap accounting (swapaccount=0).
    knobs.setIfThere(directory, bothFile, bothText);
  }
}

void setCpu(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (limits.cpuShares) {
    knobs.set(directory, "cpu.shares", cat(*limits.cpuShares == 0 ? 1024 : *limits.cpuShares));
  }
  if (limits.rtPeriod) {
    knobs.set(directory, "cpu.rt_period_us", cat(*limits.rtPeriod));
  }
  if (limits.rtRuntime) {
    setRealTime(knobs, directory, *limits.rtRuntime);
  }
  if (limits.cpuQuota || limits.cpuPeriod) {
    setBandwidth(knobs, directory, limits);
  }
}

void setPids(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (limits.pidsMax) {
    knobs.set(directory, "pids.max",
              *limits.pidsMax == CgroupLimits::noLimit ? "max" : cat(*limits.pidsMax));
  }
}

namespace {

void setWeight(KnobChanges& knobs, const Path& directory, std::uint64_t weight) {
  constexpr std::string_view file = "blkio.bfq.weight";
  if (weight == 0) {
    knobs.setIfThere(directory, file, "100");
  } else {
    knobs.set(directory, file, cat(weight));
  }
}

}  // namespace

/// Documentation/admin-guide/cgroup-v1/blkio-controller.rst. Weights are the BFQ scheduler's.
void setBlkio(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (limits.ioWeight) {
    setWeight(knobs, directory, *limits.ioWeight);
  }
  for (const IoLimit& limit : limits.io) {
    const std::string device = cat(limit.major, ":", limit.minor);
    if (limit.key == "weight") {
      knobs.setEntry(directory, "blkio.bfq.weight_device",
                     {device, "", cat(limit.value), "default"});
      continue;
    }
    const bool reads = limit.key.front() == 'r';
    const bool bytes = limit.key.ends_with("bps");
    knobs.setEntry(
        directory,
        cat("blkio.throttle.", reads ? "read_" : "write_", bytes ? "bps" : "iops", "_device"),
        {device, "", cat(limit.value), "0"});
  }
}

void setCpuset(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (!limits.cpusetCpus.empty()) {
    knobs.set(directory, "cpuset.cpus", limits.cpusetCpus);
  }
  if (!limits.cpusetMems.empty()) {
    knobs.set(directory, "cpuset.mems", limits.cpusetMems);
  }
}

void setHugetlb(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  for (const auto& [size, max] : limits.hugetlb) {
    knobs.set(directory, cat("hugetlb.", size, ".limit_in_bytes"), cat(max));
  }
}

std::optional<std::uint64_t> finiteLimit(std::optional<std::uint64_t> value) {
  return value && *value < unlimited ? value : std::nullopt;
}

std::optional<std::uint64_t> memoryLimit(const Path& directory) {
  return currentLimit(directory, limitFile);
}

std::optional<std::uint64_t> memoryAndSwapLimit(const Path& directory) {
  return currentLimit(directory, bothFile);
}

std::optional<std::uint64_t> softLimit(const Path& directory) {
  return currentLimit(directory, "memory.soft_limit_in_bytes");
}

void initialiseCpuset(const Path& directory) {
  for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
    if (trim(readFile(directory / file)).empty()) {
      const std::string inherited = readFile(directory.parent_path() / file);
      writeKnob(directory / file, trim(inherited));
    }
  }
}

}  // namespace cgroup_v1
