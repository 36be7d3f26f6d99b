#include <array>
#include <cstdio>

#include "base/id.h"
#include "cli/stats.h"
#include "cli/units.h"

/// One sample as Podman's fields show it.
namespace cli {
namespace {

using engine::Usage;

std::string fixed(double number, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, number);
  return text.data();
}

std::string percentText(double percent) {
  return fixed(percent, 2) + "%";
}

/// As Go prints a duration of so many microseconds: "1m2.5s", "28.5ms".
std::string cpuTime(std::uint64_t usec) {
  constexpr std::uint64_t second = 1'000'000, minute = 60 * second, hour = 60 * minute;
  const auto trimmed = [](double number, const char* unit) {
    std::string digits = fixed(number, 6);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.')) {
      digits.pop_back();
    }
    return digits + unit;
  };
  if (usec < 1000) {
    return usec == 0 ? "0s" : cat(usec, "µs");
  }
  if (usec < second) {
    return trimmed(static_cast<double>(usec) / 1000, "ms");
  }
  std::string out = usec >= hour ? cat(usec / hour, "h") : "";
  out += usec >= minute ? cat(usec % hour / minute, "m") : "";
  return out + trimmed(static_cast<double>(usec % minute) / static_cast<double>(second), "s");
}

std::string both(std::uint64_t one, std::uint64_t other,
                 std::string (*text)(std::uint64_t) = compactSize) {
  return one == 0 && other == 0 ? "-- / --" : cat(text(one), " / ", text(other));
}

double memoryPercent(const Usage& usage) {
  return usage.memoryLimit == 0 ? 0
                                : static_cast<double>(usage.stats.memoryUsage) /
                                      static_cast<double>(usage.memoryLimit) * 100;
}

std::string pidsText(const Usage& usage) {
  return usage.stats.pids == 0 ? "--" : cat(usage.stats.pids);
}

std::string orDashes(const Usage& usage, const std::string& text) {
  return usage.running ? text : "--";
}

std::string idText(const std::string& id, bool truncate) {
  return truncate ? shortId(id) : id;
}

std::string containerText(const Usage& usage, bool truncate) {
  return usage.total ? "total" : idText(usage.id, truncate);
}

}  // namespace

Json usageRow(const Usage& usage, double percent, bool truncate) {
  const double average = engine::cpuPercent(usage, nullptr);
  constexpr std::uint64_t perMicrosecond = 1000;
  return {{"ID", idText(usage.id, truncate)},
          {"ContainerID", usage.id},
          {"Name", usage.name},
          {"CPUPerc", orDashes(usage, percentText(percent))},
          {"CPU", percent},
          {"AVGCPU", orDashes(usage, percentText(average))},
          {"AvgCPU", average},
          {"CPUNano", usage.stats.cpuUsec * perMicrosecond},
          {"CPUSystemNano", usage.stats.cpuSystemUsec * perMicrosecond},
          {"PerCPU", nullptr},
          {"SystemNano", usage.at.count()},
          {"Duration", usage.stats.cpuUsec * perMicrosecond},
          {"UpTime", cpuTime(usage.stats.cpuUsec)},
          {"Up", usage.running ? (usage.at - usage.started).count() : 0},
          {"MemUsage", both(usage.stats.memoryUsage, usage.memoryLimit)},
          {"MemUsageBytes", both(usage.stats.memoryUsage, usage.memoryLimit, binarySize)},
          {"MemLimit", usage.memoryLimit},
          {"MemPeak", compactSize(usage.stats.memoryPeak)},
          {"MemPerc", orDashes(usage, percentText(memoryPercent(usage)))},
          {"NetInput", usage.networkIn},
          {"NetOutput", usage.networkOut},
          {"NetIO", both(usage.networkIn, usage.networkOut)},
          {"BlockInput", usage.stats.readBytes},
          {"BlockOutput", usage.stats.writeBytes},
          {"BlockIO", both(usage.stats.readBytes, usage.stats.writeBytes)},
          {"PIDS", pidsText(usage)},
          {"PIDs", usage.stats.pids}};
}

Json usageDocument(const Usage& usage, double percent) {
  const Json row = usageRow(usage, percent, true);
  return {{"id", row["ID"]},
          {"name", row["Name"]},
          {"cpu_time", row["UpTime"]},
          {"cpu_percent", row["CPUPerc"]},
          {"avg_cpu", row["AVGCPU"]},
          {"mem_usage", row["MemUsage"]},
          {"mem_percent", row["MemPerc"]},
          {"net_io", row["NetIO"]},
          {"block_io", row["BlockIO"]},
          {"pids", row["PIDS"]}};
}

Json podUsageRow(const Usage& usage, double percent, bool truncate) {
  return {{"Pod", idText(usage.pod, truncate)},
          {"CID", containerText(usage, truncate)},
          {"Name", usage.name},
          {"CPU", percentText(percent)},
          {"MemUsage", both(usage.stats.memoryUsage, usage.memoryLimit)},
          {"MemUsageBytes", both(usage.stats.memoryUsage, usage.memoryLimit, binarySize)},
          {"Mem", percentText(memoryPercent(usage))},
          {"NetIO", both(usage.networkIn, usage.networkOut)},
          {"BlockIO", both(usage.stats.readBytes, usage.stats.writeBytes)},
          {"PIDS", pidsText(usage)}};
}

Json podUsageDocument(const Usage& usage, double percent) {
  return podUsageRow(usage, percent, true);
}

}  // namespace cli
