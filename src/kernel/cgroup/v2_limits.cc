#include "kernel/cgroup/v2_limits.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace cgroup_v2 {

namespace {

constexpr std::string_view swapFile = "memory.swap.max";

std::string orMax(std::int64_t value) {
  return value == CgroupLimits::noLimit ? "max" : cat(value);
}

/// "QUOTA PERIOD"; what is not asked for stays as it is.
std::string cpuMax(const Path& directory, const CgroupLimits& limits) {
  const auto text = readFileIfExists(directory / "cpu.max");
  auto now = split(text ? trim(*text) : "", ' ');
  now.resize(2);
  const std::string quota = limits.cpuQuota ? orMax(*limits.cpuQuota) : now[0];
  const std::string period = limits.cpuPeriod ? cat(*limits.cpuPeriod) : now[1];
  return cat(quota.empty() ? "max" : quota, period.empty() ? "" : " ", period);
}

/// A limit below what is in use would have the kernel kill at once; memory.high reclaims what can
/// go and kills nobody, and then it shows.
void makeRoom(KnobChanges& knobs, const Path& directory, std::int64_t max) {
  const auto inUse = [&] { return readCount(directory, "memory.current").value_or(0); };
  const auto wanted = static_cast<std::uint64_t>(max);
  if (knobs.fresh() || max == CgroupLimits::noLimit || inUse() <= wanted) {
    return;
  }
  KnobChanges reclaim(directory.filename().native(), false);  // put back at the end of this
  if (!reclaim.setIfThere(directory, "memory.high", cat(max)) || inUse() <= wanted) {
    return;
  }
  throw Error(ErrorKind::in_use, cat("limiting the memory of cgroup ", directory.native(), " to ",
                                     max, " bytes: ", inUse(), " are in use"));
}

void setMemory(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  knobs.requireSwap(directory, swapFile, limits);
  if (limits.memoryLow) {
    knobs.set(directory, "memory.low",
              cat(std::max<std::int64_t>(*limits.memoryLow, 0)));  // no reservation: 0
  }
  if (limits.memoryMax) {
    makeRoom(knobs, directory, *limits.memoryMax);
    knobs.set(directory, "memory.max", orMax(*limits.memoryMax));
  }
  if (limits.swapMax) {
    knobs.setIfThere(directory, swapFile, orMax(*limits.swapMax));
  }
}

void setIo(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  // Two schedulers have weights: BFQ, and blk-iocost. Which one works is a matter of the device.
  const auto setWeight = [&](const std::string& entry, std::uint64_t asked) {
    const std::uint64_t weight = asked == 0 ? 100 : asked;
    const bool bfq = readFileIfExists(directory / "io.bfq.weight").has_value();
    if (bfq) {
      knobs.setEntry(directory, "io.bfq.weight", {entry, "", cat(weight), "100"});
    }
    if (const bool cost = readFileIfExists(directory / "io.weight").has_value();
        cost || (!bfq && asked != 0)) {
      knobs.setEntry(directory, "io.weight",
                     {entry, "", asked == 0 ? "100" : cat(ioWeightFromBlkio(weight)), "100"});
    }
  };
  if (limits.ioWeight) {
    setWeight("default", *limits.ioWeight);
  }
  for (const IoLimit& limit : limits.io) {
    const std::string device = cat(limit.major, ":", limit.minor);
    if (limit.key == "weight") {
      setWeight(device, limit.value);
    } else {
      knobs.setEntry(directory, "io.max",
                     {device, limit.key, limit.value == 0 ? "max" : cat(limit.value), "max"});
    }
  }
}

}  // namespace

std::uint64_t ioWeightFromBlkio(std::uint64_t weight) {
  return 1 + (weight - 10) * 9999 / 990;
}

std::uint64_t blkioFromIoWeight(std::uint64_t weight) {
  return 10 + ((weight - 1) * 990 + 9998) / 9999;
}

std::vector<std::string> controllersFor(const CgroupLimits& limits) {
  std::vector<std::string> needed;
  const auto need = [&](const std::string& name) {
    if (std::find(needed.begin(), needed.end(), name) == needed.end()) {
      needed.push_back(name);
    }
  };
  if (limits.memoryMax || limits.memoryLow || limits.swapMax) {
    need("memory");
  }
  if (limits.cpuQuota || limits.cpuPeriod || limits.cpuShares) {
    need("cpu");
  }
  if (limits.pidsMax) {
    need("pids");
  }
  if (!limits.cpusetCpus.empty() || !limits.cpusetMems.empty()) {
    need("cpuset");
  }
  if (limits.ioWeight || !limits.io.empty()) {
    need("io");
  }
  if (!limits.hugetlb.empty()) {
    need("hugetlb");
  }
  for (const auto& [file, value] : limits.files) {
    if (const std::string controller = file.substr(0, file.find('.')); controller != "cgroup") {
      need(controller);
    }
  }
  return needed;
}

void refuseV1Limits(const std::string& cgroup, const CgroupLimits& limits) {
  const char* what = limits.swappiness                                 ? "memory swappiness"
                     : limits.oomKillDisable.value_or(false)           ? "oom-kill-disable"
                     : limits.rtPeriod || limits.rtRuntime.value_or(0) ? "real-time CPU time"
                                                                       : nullptr;
  if (what != nullptr) {
    throw Error(ErrorKind::unsupported,
                cat("limiting cgroup ", cgroup, ": the ",
                    limits.rtPeriod || limits.rtRuntime ? "cpu" : "memory",
                    " controller of cgroup v2 has no ", what, "; only cgroup v1 has"));
  }
}

void setLimits(KnobChanges& knobs, const Path& directory, const CgroupLimits& limits) {
  setMemory(knobs, directory, limits);
  if (limits.cpuShares) {
    knobs.set(directory, "cpu.weight",
              cat(*limits.cpuShares == 0 ? 100 : weightFromShares(*limits.cpuShares)));
  }
  if (limits.cpuQuota || limits.cpuPeriod) {
    knobs.set(directory, "cpu.max", cpuMax(directory, limits));
  }
  if (limits.pidsMax) {
    knobs.set(directory, "pids.max", orMax(*limits.pidsMax));
  }
  if (!limits.cpusetCpus.empty()) {
    knobs.set(directory, "cpuset.cpus", limits.cpusetCpus);
  }
  if (!limits.cpusetMems.empty()) {
    knobs.set(directory, "cpuset.mems", limits.cpusetMems);
  }
  setIo(knobs, directory, limits);
  for (const auto& [size, max] : limits.hugetlb) {
    knobs.set(directory, cat("hugetlb.", size, ".max"), orMax(max));
  }
  for (const auto& [file, value] : limits.files) {
    knobs.set(directory, file, value);
  }
}

}  // namespace cgroup_v2
