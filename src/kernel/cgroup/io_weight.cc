#include "kernel/cgroup/io_weight.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace {

/// Documentation/block/switching-sched.rst: the one in force stands in brackets.
bool hasBfq(const Path& device) {
  const auto text = readFileIfExists(device / "queue/scheduler");
  return text && text->find("[bfq]") != std::string::npos;
}

bool anyHasBfq(const Path& sys) {
  std::error_code none;
  const std::filesystem::directory_iterator devices(sys / "block", none);
  return std::any_of(begin(devices), end(devices),
                     [](const auto& entry) { return hasBfq(entry.path()); });
}

/// Lines of io.cost.qos: "254:0 enable=1 ctrl=auto ...". No device: of any.
bool hasCost(const Path& costFile, const std::string& device) {
  const auto text = costFile.empty() ? std::nullopt : readFileIfExists(costFile);
  const auto lines = split(text.value_or(""), '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(" enable=1") != std::string::npos &&
           (device.empty() || line.starts_with(device + " "));
  });
}

[[noreturn]] void failIdle(const std::string& cgroup, const std::string& device) {
  throw Error(ErrorKind::unsupported,
              cat("limiting cgroup ", cgroup, ": the io controller (blkio) has weights only with ",
                  "the scheduler bfq, and ", device, "; set it (echo bfq >",
                  "/sys/block/DEVICE/queue/scheduler) or leave the weight away"));
}

}  // namespace

void refuseIdleWeights(const std::string& cgroup, const CgroupLimits& limits, const Path& costFile,
                       const Path& sys) {
  if (limits.ioWeight.value_or(0) != 0 && !anyHasBfq(sys) && !hasCost(costFile, "")) {
    failIdle(cgroup, "no block device has it");
  }
  for (const IoLimit& limit : limits.io) {
    const std::string device = cat(limit.major, ":", limit.minor);
    const Path directory = sys / "dev/block" / device;
    if (limit.key == "weight" && limit.value != 0 && !hasBfq(directory) &&
        !hasBfq(directory / "..") && !hasCost(costFile, device)) {
      failIdle(cgroup, cat("block device ", device, " does not have it"));
    }
  }
}
