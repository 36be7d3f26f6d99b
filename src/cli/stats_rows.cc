#include <algorithm>
#include <array>
#include <cstdio>

#include "base/id.h"
#include "cli/stats.h"
#include "cli/units.h"

/// One sample as Podman's fields show it.
namespace cli {
namespace {

using engine::Usage;

constexpr std::uint64_t perMicrosecond = 1000;

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

std::string both(std::uint64_t one, std::uint64_t other, std::string (*text)(std::uint64_t)) {
  return one == 0 && other == 0 ? "-- / --" : cat(text(one), " / ", text(other));
}

std::string memoryText(const Usage& usage, std::string (*text)(std::uint64_t)) {
  return both(usage.stats.memoryUsage, usage.memoryLimit, text);
}

std::string networkText(const Usage& usage) {
  return both(usage.networkIn, usage.networkOut, compactSize);
}

std::string blockText(const Usage& usage) {
  return both(usage.stats.readBytes, usage.stats.writeBytes, compactSize);
}

double average(const Usage& usage) {
  return engine::cpuPercent(usage, nullptr);
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

std::vector<Field<ShownUsage>> usageFields() {
  using Of = ShownUsage;
  return {
      {"ID", [](const Of& of) -> Json { return idText(of.usage.id, of.truncate); }},
      {"ContainerID", [](const Of& of) -> Json { return of.usage.id; }},
      {"Name", [](const Of& of) -> Json { return of.usage.name; }},
      {"CPUPerc", [](const Of& of) -> Json { return orDashes(of.usage, percentText(of.percent)); }},
      {"CPU", [](const Of& of) -> Json { return of.percent; }},
      {"AVGCPU",
       [](const Of& of) -> Json { return orDashes(of.usage, percentText(average(of.usage))); }},
      {"AvgCPU", [](const Of& of) -> Json { return average(of.usage); }},
      {"CPUNano", [](const Of& of) -> Json { return of.usage.stats.cpuUsec * perMicrosecond; }},
      {"CPUSystemNano",
       [](const Of& of) -> Json { return of.usage.stats.cpuSystemUsec * perMicrosecond; }},
      {"PerCPU", [](const Of&) -> Json { return nullptr; }},
      {"SystemNano", [](const Of& of) -> Json { return of.usage.at.count(); }},
      {"Duration", [](const Of& of) -> Json { return of.usage.stats.cpuUsec * perMicrosecond; }},
      {"UpTime", [](const Of& of) -> Json { return cpuTime(of.usage.stats.cpuUsec); }},
      {"Up",
       [](const Of& of) -> Json {
         return of.usage.running ? (of.usage.at - of.usage.started).count() : 0;
       }},
      {"MemUsage", [](const Of& of) -> Json { return memoryText(of.usage, compactSize); }},
      {"MemUsageBytes", [](const Of& of) -> Json { return memoryText(of.usage, binarySize); }},
      {"MemLimit", [](const Of& of) -> Json { return of.usage.memoryLimit; }},
      {"MemPeak", [](const Of& of) -> Json { return compactSize(of.usage.stats.memoryPeak); }},
      {"MemPerc",
       [](const Of& of) -> Json {
         return orDashes(of.usage, percentText(memoryPercent(of.usage)));
       }},
      {"NetInput", [](const Of& of) -> Json { return of.usage.networkIn; }},
      {"NetOutput", [](const Of& of) -> Json { return of.usage.networkOut; }},
      {"NetIO", [](const Of& of) -> Json { return networkText(of.usage); }},
      {"BlockInput", [](const Of& of) -> Json { return of.usage.stats.readBytes; }},
      {"BlockOutput", [](const Of& of) -> Json { return of.usage.stats.writeBytes; }},
      {"BlockIO", [](const Of& of) -> Json { return blockText(of.usage); }},
      {"PIDS", [](const Of& of) -> Json { return pidsText(of.usage); }},
      {"PIDs", [](const Of& of) -> Json { return of.usage.stats.pids; }}};
}

CgroupStats::Extent extentOf(const std::vector<Field<ShownUsage>>& fields) {
  const bool whole = std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return field.name == std::string_view("MemPeak") ||
           field.name == std::string_view("CPUSystemNano");
  });
  return whole ? CgroupStats::Extent::whole : CgroupStats::Extent::usual;
}

Json usageDocument(const ShownUsage& shown) {
  const Json row = rowOf(usageFields(), shown);
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

std::vector<Field<ShownUsage>> podUsageFields() {
  using Of = ShownUsage;
  return {{"Pod", [](const Of& of) -> Json { return idText(of.usage.pod, of.truncate); }},
          {"CID", [](const Of& of) -> Json { return containerText(of.usage, of.truncate); }},
          {"Name", [](const Of& of) -> Json { return of.usage.name; }},
          {"CPU", [](const Of& of) -> Json { return percentText(of.percent); }},
          {"MemUsage", [](const Of& of) -> Json { return memoryText(of.usage, compactSize); }},
          {"MemUsageBytes", [](const Of& of) -> Json { return memoryText(of.usage, binarySize); }},
          {"Mem", [](const Of& of) -> Json { return percentText(memoryPercent(of.usage)); }},
          {"NetIO", [](const Of& of) -> Json { return networkText(of.usage); }},
          {"BlockIO", [](const Of& of) -> Json { return blockText(of.usage); }},
          {"PIDS", [](const Of& of) -> Json { return pidsText(of.usage); }}};
}

Json podUsageDocument(const ShownUsage& shown) {
  return rowOf(podUsageFields(), shown);
}

}  // namespace cli
