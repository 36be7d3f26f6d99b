#include "kernel/cgroup/v1_limits.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace cgroup_v1 {

namespace {

constexpr std::string_view limitFile = "memory.limit_in_bytes";
constexpr std::string_view bothFile = "memory.memsw.limit_in_bytes";
/// The kernel prints the highest multiple of a page for "no limit".
constexpr std::uint64_t unlimited = 0x7ffffffffffff000 - 0xffff;

std::optional<std::uint64_t> currentLimit(const Path& file) {
  const auto value = readCount(file);
  return value && *value < unlimited ? value : std::nullopt;
}

/// v1 limits memory plus swap where v2 limits swap. Nothing where that is to stay unlimited.
std::optional<std::int64_t> memoryAndSwap(const Path& directory, const CgroupLimits& limits) {
  const auto memoryBefore = currentLimit(directory / limitFile);
  const auto bothBefore = currentLimit(directory / bothFile);
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

}  // namespace

void setMemory(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (limits.memoryLow) {
    knobs.set(directory, "memory.soft_limit_in_bytes", cat(*limits.memoryLow));
  }
  if (!limits.memoryMax && !limits.swapMax) {
    return;
  }
  const auto both = memoryAndSwap(directory, limits);
  const auto bothBefore = knobs.fresh() ? std::nullopt : currentLimit(directory / bothFile);
  const std::string bothText = both ? cat(*both) : "-1";
  // Memory alone may at no moment be more than memory plus swap: a higher sum goes first.
  const bool sumFirst = bothBefore && (!both || static_cast<std::uint64_t>(*both) > *bothBefore);
  if (sumFirst) {
    knobs.setIfThere(directory, bothFile, bothText);
  }
  if (limits.memoryMax) {
    knobs.set(directory, limitFile, cat(*limits.memoryMax));
  }
  if (!sumFirst && (both || bothBefore)) {
    // Absent without swap accounting (swapaccount=0): then there is nothing that could be limited.
    knobs.setIfThere(directory, bothFile, bothText);
  }
}

void setCpu(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  constexpr std::string_view quotaFile = "cpu.cfs_quota_us";
  constexpr std::string_view periodFile = "cpu.cfs_period_us";
  if (limits.cpuShares && *limits.cpuShares != 0) {
    knobs.set(directory, "cpu.shares", cat(*limits.cpuShares));
  }
  // quota/period must fit between the children's and the parent's after each of the two writes;
  // lifting the quota first leaves only one that can be refused.
  if (limits.cpuPeriod) {
    if (limits.cpuQuota && !knobs.fresh()) {
      knobs.set(directory, quotaFile, "-1");
    }
    knobs.set(directory, periodFile, cat(*limits.cpuPeriod));
  }
  if (limits.cpuQuota) {
    knobs.set(directory, quotaFile, cat(*limits.cpuQuota));
  }
}

void setPids(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  if (limits.pidsMax) {
    knobs.set(directory, "pids.max",
              *limits.pidsMax == CgroupLimits::noLimit ? "max" : cat(*limits.pidsMax));
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

std::optional<std::uint64_t> memoryLimit(const Path& directory) {
  return currentLimit(directory / limitFile);
}

std::optional<std::uint64_t> memoryAndSwapLimit(const Path& directory) {
  return currentLimit(directory / bothFile);
}

std::optional<std::uint64_t> softLimit(const Path& directory) {
  return currentLimit(directory / "memory.soft_limit_in_bytes");
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
