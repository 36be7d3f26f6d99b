#include "kernel/cgroup/v2_readings.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/cgroup/hugetlb.h"
#include "kernel/cgroup/knobs.h"
#include "kernel/cgroup/readings.h"
#include "kernel/cgroup/v2_limits.h"

namespace cgroup_v2 {

namespace {

constexpr std::uint64_t defaultWeight = 100;

std::optional<std::int64_t> readLimit(const Path& directory, std::string_view file) {
  const auto value = readCount(directory, file);
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

std::string readLine(const Path& directory, std::string_view file) {
  const auto text = readKnob(directory, file);
  return text ? std::string(trim(*text)) : "";
}

/// Calls `field` with device, key and value of each "8:0 rbytes=4096 wbytes=0 ...".
template <typename Field>
void forEachDevice(const Path& directory, std::string_view file, const Field& field) {
  const auto text = readKnob(directory, file);
  for (const std::string& line : split(text.value_or(""), '\n')) {
    const auto words = split(line, ' ');
    for (const std::string& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) {
        continue;
      }
      if (const auto value = parseNumber<std::uint64_t>(word.substr(equals + 1))) {
        field(words.front(), word.substr(0, equals), *value);
      }
    }
  }
}

void readCpuMax(const Path& directory, CgroupLimits& limits) {
  const auto words = split(readLine(directory, "cpu.max"), ' ');
  limits.cpuQuota = parseNumber<std::int64_t>(words.front());
  if (limits.cpuQuota && words.size() > 1) {
    limits.cpuPeriod = parseNumber<std::uint64_t>(words[1]);
  }
  const auto weight = readCount(directory, "cpu.weight");
  if (weight && *weight != defaultWeight) {
    limits.cpuShares = sharesFromWeight(*weight);
  }
}

void readIo(const Path& directory, CgroupLimits& limits) {
  forEachDevice(directory, "io.max",
                [&](const std::string& device, const std::string& key, std::uint64_t value) {
                  const auto numbers = split(device, ':');
                  const auto major = parseNumber<unsigned>(numbers.front());
                  const auto minor = parseNumber<unsigned>(numbers.back());
                  if (major && minor) {
                    limits.io.push_back({key, *major, *minor, value});
                  }
                });
}

/// "default 100" and lines such as "8:0 200", in the scale of the file; what is the kernel's own is
/// left out.
void addWeights(const Path& file, std::uint64_t (*toBlkio)(std::uint64_t), CgroupLimits& limits) {
  const auto text = readFileIfExists(file);
  for (const std::string& line : split(text.value_or(""), '\n')) {
    const auto words = split(line, ' ');
    const auto weight = parseNumber<std::uint64_t>(words.back());
    if (words.front() == "default" && weight && *weight != defaultWeight) {
      limits.ioWeight = toBlkio(*weight);
    }
  }
  std::vector<IoLimit> devices;
  addDeviceLines(file, "weight", devices);
  for (IoLimit& limit : devices) {
    limit.value = toBlkio(limit.value);
    limits.io.push_back(std::move(limit));
  }
}

void readWeights(const Path& directory, CgroupLimits& limits) {
  const bool bfq = access((directory / "io.bfq.weight").c_str(), F_OK) == 0;
  if (bfq) {
    addWeights(
        directory / "io.bfq.weight", [](std::uint64_t weight) { return weight; }, limits);
  } else {
    addWeights(directory / "io.weight", blkioFromIoWeight, limits);
  }
}

std::optional<std::uint64_t> leastMemoryMax(const Path& root, const Path& directory) {
  std::optional<std::uint64_t> least;
  for (Path level = directory; level != root; level = level.parent_path()) {
    const auto max = readCount(level, "memory.max");
    least = max && least ? std::min(*max, *least) : max ? max : least;
  }
  return least;
}

}  // namespace

CgroupStats readStats(const Path& root, const Path& directory, CgroupStats::Extent extent) {
  CgroupStats stats;
  const std::string cpu = readKnob(directory, "cpu.stat").value_or("");
  stats.cpuUsec = fieldOf(cpu, "usage_usec");
  stats.cpuSystemUsec = fieldOf(cpu, "system_usec");
  const auto usage = readCount(directory, "memory.current").value_or(0);
  const auto inactive = readField(directory, "memory.stat", "inactive_file");
  stats.memoryUsage = usage - std::min(usage, inactive);
  stats.memoryMax = leastMemoryMax(root, directory);
  stats.pids = readCount(directory, "pids.current").value_or(0);
  forEachDevice(directory, "io.stat",
                [&](const std::string&, const std::string& key, std::uint64_t value) {
                  if (key == "rbytes") {
                    stats.readBytes += value;
                  } else if (key == "wbytes") {
                    stats.writeBytes += value;
                  }
                });
  if (extent == CgroupStats::Extent::whole) {
    // memory.peak is there since Linux 5.19.
    stats.memoryPeak = readCount(directory, "memory.peak").value_or(usage);
    stats.pidsPeak = readCount(directory, "pids.peak").value_or(stats.pids);
    stats.pidsMax = readCount(directory, "pids.max");
  }
  return stats;
}

CgroupLimits readLimits(const Path& directory) {
  CgroupLimits limits;
  limits.memoryMax = readLimit(directory, "memory.max");
  limits.swapMax = readLimit(directory, "memory.swap.max");
  const auto low = readLimit(directory, "memory.low");
  limits.memoryLow = low == std::optional<std::int64_t>(0) ? std::nullopt : low;
  readCpuMax(directory, limits);
  limits.pidsMax = readLimit(directory, "pids.max");
  limits.cpusetCpus = readLine(directory, "cpuset.cpus");
  limits.cpusetMems = readLine(directory, "cpuset.mems");
  readIo(directory, limits);
  readWeights(directory, limits);
  addHugetlbLimits(directory, ".max", limits);
  return limits;
}

std::uint64_t ownOomEvents(const Path& directory) {
  return readField(directory, "memory.events.local", "oom");
}

}  // namespace cgroup_v2
