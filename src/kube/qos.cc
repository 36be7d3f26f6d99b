#include "kube/qos.h"

#include <algorithm>

#include "base/error.h"

namespace kube {

namespace {

constexpr std::int64_t leastShares = 2, mostShares = 262144;  // Linux: kernel/sched/sched.h
constexpr std::int64_t sharesOfOne = 1024;
constexpr std::int64_t period = 100'000;  // microseconds
constexpr std::int64_t leastQuota = 1000;
constexpr std::int64_t thousand = 1000;

std::uint64_t sharesOf(std::int64_t cpu) {
  const std::int64_t most = mostShares * thousand / sharesOfOne + 1;  // keeps from overflowing
  const std::int64_t shares = std::min(cpu, most) * sharesOfOne / thousand;
  return static_cast<std::uint64_t>(std::clamp(shares, leastShares, mostShares));
}

/// What the kernel takes as least counts as more than nothing.
void limitCpu(Resources& resources, std::int64_t cpu) {
  if (cpu > 0) {
    resources.cpuPeriod = period;
    resources.cpuQuota = std::max(cpu * (period / thousand), leastQuota);
  }
}

/// Without swap, as a kubelet has it.
void limitMemory(Resources& resources, std::int64_t memory) {
  if (memory > 0) {
    resources.memory = memory;
    resources.memorySwap = memory;
  }
}

void addTo(std::int64_t& total, std::int64_t amount) {
  if (__builtin_add_overflow(total, amount, &total)) {
    throw Error(ErrorKind::invalid, "the sum of the containers' resources is too large");
  }
}

Amounts sum(const std::vector<Demand>& containers, Amounts Demand::*which) {
  Amounts total;
  for (const Demand& demand : containers) {
    addTo(total.cpu, (demand.*which).cpu);
    addTo(total.memory, (demand.*which).memory);
  }
  return total;
}

/// Whether each container has it.
bool all(const std::vector<Demand>& containers, std::int64_t Amounts::*what) {
  return std::all_of(containers.begin(), containers.end(),
                     [&](const Demand& demand) { return demand.limits.*what > 0; });
}

}  // namespace

std::string_view nameOf(QosClass qos) {
  switch (qos) {
    case QosClass::guaranteed:
      return "Guaranteed";
    case QosClass::burstable:
      return "Burstable";
    case QosClass::bestEffort:
      return "BestEffort";
  }
  throw Error(ErrorKind::internal, "a class of pods without a name");
}

QosClass qosClassOf(const std::vector<Demand>& containers) {
  const bool nothing = std::all_of(containers.begin(), containers.end(), [](const Demand& demand) {
    return demand.requests == Amounts{} && demand.limits == Amounts{};
  });
  if (nothing) {
    return QosClass::bestEffort;
  }
  const bool equal = std::all_of(containers.begin(), containers.end(), [](const Demand& demand) {
    return demand.requests == demand.limits;
  });
  return equal && all(containers, &Amounts::cpu) && all(containers, &Amounts::memory)
             ? QosClass::guaranteed
             : QosClass::burstable;
}

Resources containerResources(const Demand& demand) {
  Resources resources;
  resources.cpuShares = sharesOf(demand.requests.cpu);
  limitCpu(resources, demand.limits.cpu);
  limitMemory(resources, demand.limits.memory);
  resources.hugetlb = demand.hugepages;
  return resources;
}

Resources podResources(QosClass qos, const std::vector<Demand>& containers) {
  Resources resources;
  const Amounts requests = sum(containers, &Demand::requests);
  const Amounts limits = sum(containers, &Demand::limits);
  resources.cpuShares = qos == QosClass::bestEffort ? leastShares : sharesOf(requests.cpu);
  // Where one container has no limit the pod can have none either.
  if (all(containers, &Amounts::cpu)) {
    limitCpu(resources, limits.cpu);
  }
  if (all(containers, &Amounts::memory)) {
    limitMemory(resources, limits.memory);
  }
  for (const Demand& demand : containers) {
    for (const auto& [size, bytes] : demand.hugepages) {
      addTo(resources.hugetlb[size], bytes);
    }
  }
  return resources;
}

int oomScoreAdjOf(QosClass qos, const Demand& demand, std::uint64_t capacity) {
  constexpr int guaranteed = -997, bestEffort = 1000;
  if (qos == QosClass::guaranteed) {
    return guaranteed;
  }
  if (qos == QosClass::bestEffort || capacity == 0) {
    return bestEffort;
  }
  using Wide = __int128;
  const Wide part = Wide{demand.requests.memory} * bestEffort / Wide{capacity};
  const int score = bestEffort - static_cast<int>(std::min(part, Wide{bestEffort}));
  // Before those without a request, and after those that are guaranteed theirs.
  return std::clamp(score, bestEffort + guaranteed, bestEffort - 1);
}

}  // namespace kube
