#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/request.h"

/// What the kubelet makes of requests and limits: the class of a pod, and the limits of its cgroup
/// and of those of its containers
/// (kubernetes.io/docs/concepts/workloads/pods/pod-quality-of-service).
namespace kube {

enum class QosClass { guaranteed, burstable, bestEffort };

/// "Guaranteed", "Burstable", "BestEffort"
std::string_view nameOf(QosClass qos);

/// 0: none.
struct Amounts {
  std::int64_t cpu = 0;     ///< thousandths of a processor
  std::int64_t memory = 0;  ///< bytes
  bool operator==(const Amounts&) const = default;
};

struct Demand {
  Amounts requests, limits;
  /// Bytes by a page's size ("2MB"); what is asked for is the limit, too.
  std::map<std::string, std::int64_t> hugepages = {};
};

/// Of a pod with these containers.
QosClass qosClassOf(const std::vector<Demand>& containers);

Resources containerResources(const Demand& demand);
Resources podResources(QosClass qos, const std::vector<Demand>& containers);

/// `capacity`: the machine's memory in bytes.
int oomScoreAdjOf(QosClass qos, const Demand& demand, std::uint64_t capacity);

}  // namespace kube
