#include "keeper/place.h"

#include <algorithm>

namespace keeper {

void weighScope(const CgroupLayout& cgroups, const std::string& cgroup,
                const CgroupLimits& limits) {
  const Path scope = Path(cgroup).parent_path();
  if (scope.extension() != ".scope") {
    return;
  }
  CgroupLimits weights;
  weights.cpuShares = limits.cpuShares;
  weights.ioWeight = limits.ioWeight;
  std::copy_if(limits.io.begin(), limits.io.end(), std::back_inserter(weights.io),
               [](const IoLimit& limit) { return limit.key == "weight"; });
  if (weights != CgroupLimits{}) {
    cgroups.open(scope)->apply(weights);
  }
}

}  // namespace keeper
