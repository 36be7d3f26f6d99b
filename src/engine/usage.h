#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/cgroup/cgroup.h"

/// What containers and pods use, read from the kernel.
namespace engine {

/// One sample of a container, or of a pod as a whole.
struct Usage {
  std::string id, name, pod, podName;  ///< id and name: of the pod where it is a total
  bool total = false;                  ///< of a pod: its pause process and what is shared included
  bool running = false;                ///< else the numbers are 0
  std::chrono::nanoseconds at{};       ///< when it was taken, since the epoch
  std::chrono::nanoseconds started{};  ///< when what runs was started, since the epoch
  CgroupStats stats;
  /// What it can have at most: its own limit, the pod's, or the machine's memory.
  std::uint64_t memoryLimit = 0;
  /// Of its network namespace, loopback excepted, as seen from inside: a pod's is in each of its
  /// containers' samples.
  std::uint64_t networkIn = 0, networkOut = 0;
};

/// Percent of one processor between two samples, or since the start where there is no earlier one.
double cpuPercent(const Usage& now, const Usage* before);

/// A node of a pod's cgroup tree.
struct UsageTree {
  std::string name, path;  ///< name: of the pod, of the container, or the directory's
  CgroupStats stats;
  CgroupLimits limits;
  double cpuPercent = 0;  ///< of one processor, since the start
  std::optional<Pressure> cpu, memory, io;
  std::vector<UsageTree> children;
};

}  // namespace engine
