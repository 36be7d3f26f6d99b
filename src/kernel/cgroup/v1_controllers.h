#pragma once

#include <array>

#include "kernel/cgroup/v1_limits.h"
#include "kernel/cgroup/v1_readings.h"

/// Which controller of v1 has which part of the limits and of the statistics.
namespace cgroup_v1 {

/// Whether any of these limits is the controller's.
bool asks(const CgroupLimits& limits, std::string_view controller);

struct Setter {
  const char* controller;
  void (*set)(KnobChanges&, const Path&, const CgroupLimits&);
};
inline constexpr std::array<Setter, 6> setters = {{{"memory", setMemory},
                                                   {"cpu", setCpu},
                                                   {"pids", setPids},
                                                   {"blkio", setBlkio},
                                                   {"cpuset", setCpuset},
                                                   {"hugetlb", setHugetlb}}};

struct StatsReader {
  const char* controller;
  void (*read)(const Path&, CgroupStats::Extent, CgroupStats&);
};
inline constexpr std::array<StatsReader, 3> statsReaders = {
    {{"memory", readMemoryStats}, {"cpuacct", readCpuStats}, {"pids", readPidsStats}}};

struct LimitReader {
  const char* controller;
  void (*read)(const Path&, CgroupLimits&);
};
inline constexpr std::array<LimitReader, 6> limitReaders = {{{"memory", readMemoryLimits},
                                                             {"cpu", readCpuLimits},
                                                             {"pids", readPidsLimits},
                                                             {"cpuset", readCpusetLimits},
                                                             {"blkio", readBlkioLimits},
                                                             {"hugetlb", readHugetlbLimits}}};

}  // namespace cgroup_v1
