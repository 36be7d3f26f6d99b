#include "kernel/cgroup/v1_controllers.h"

namespace cgroup_v1 {

bool asks(const CgroupLimits& limits, std::string_view controller) {
  if (controller == "memory") {
    return limits.memoryMax || limits.memoryLow || limits.swapMax || limits.swappiness ||
           limits.oomKillDisable;
  }
  if (controller == "cpu") {
    return limits.cpuQuota || limits.cpuPeriod || limits.cpuShares || limits.rtPeriod ||
           limits.rtRuntime;
  }
  if (controller == "blkio") {
    return limits.ioWeight || !limits.io.empty();
  }
  if (controller == "devices") {
    return limits.devices.has_value();
  }
  if (controller == "cpuset") {
    return !limits.cpusetCpus.empty() || !limits.cpusetMems.empty();
  }
  if (controller == "hugetlb") {
    return !limits.hugetlb.empty();
  }
  return controller == "pids" && limits.pidsMax;
}

}  // namespace cgroup_v1
