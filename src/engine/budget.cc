#include "engine/budget.h"

#include <cerrno>

#include "base/error.h"
#include "base/json.h"

namespace engine {

namespace {

template <typename T>
void add(Json& json, const char* name, const std::optional<T>& value) {
  json[name] = value ? Json(*value) : Json();
}

void addText(Json& json, const char* name, const std::string& text) {
  json[name] = text.empty() ? Json() : Json(text);
}

Json limitsDocument(const CgroupLimits& limits) {
  Json json = Json::object();
  add(json, "Memory", limits.memoryMax);
  add(json, "MemoryReservation", limits.memoryLow);
  add(json, "Swap", limits.swapMax);
  add(json, "MemorySwappiness", limits.swappiness);
  add(json, "OomKillDisable", limits.oomKillDisable);
  add(json, "CpuQuota", limits.cpuQuota);
  add(json, "CpuPeriod", limits.cpuPeriod);
  add(json, "CpuShares", limits.cpuShares);
  add(json, "CpuRealtimeRuntime", limits.rtRuntime);
  add(json, "CpuRealtimePeriod", limits.rtPeriod);
  addText(json, "CpusetCpus", limits.cpusetCpus);
  addText(json, "CpusetMems", limits.cpusetMems);
  add(json, "PidsLimit", limits.pidsMax);
  add(json, "BlkioWeight", limits.ioWeight);
  for (const auto& [size, max] : limits.hugetlb) {
    json["Hugetlb"][size] = max;
  }
  for (const IoLimit& limit : limits.io) {
    json["Devices"][cat(limit.major, ":", limit.minor)][limit.key] = limit.value;
  }
  return json;
}

Json pressureDocument(const Cgroup& cgroup) {
  Json json = Json::object();
  for (const char* resource : {"cpu", "memory", "io"}) {
    if (const auto pressure = cgroup.pressure(resource)) {
      json[resource] = {{"some", pressure->some}, {"full", pressure->full}};
    }
  }
  return json;
}

Json readBudget(const Cgroup& cgroup) {
  Json directories = Json::array();
  for (const auto& [name, directory] : cgroup.directories()) {
    directories.push_back(directory.native());
  }
  const CgroupStats stats = cgroup.stats();
  return {{"CgroupPath", cgroup.path()},
          {"Directories", std::move(directories)},
          {"Limits", limitsDocument(cgroup.limits())},
          {"Usage",
           {{"CpuUsec", stats.cpuUsec},
            {"Memory", stats.memoryUsage},
            {"MemoryPeak", stats.memoryPeak},
            {"Pids", stats.pids},
            {"BlockRead", stats.readBytes},
            {"BlockWritten", stats.writeBytes}}},
          {"OomKills", cgroup.oomKills()},
          {"ForksRefused", cgroup.pidsRefused()},
          {"Pressure", pressureDocument(cgroup)}};
}

}  // namespace

Json budgetDocument(const Cgroup& cgroup) {
  if (!cgroup.exists()) {
    return nullptr;
  }
  try {
    return readBudget(cgroup);
  } catch (const Error& error) {
    if (error.code() == ENODEV || error.code() == ENOENT) {  // removed in between
      return nullptr;
    }
    throw;
  }
}

}  // namespace engine
