#include "base/id.h"
#include "base/json.h"
#include "engine/budget.h"
#include "engine/inspect.h"
#include "engine/name_files.h"
#include "engine/resources.h"
#include "engine/summary.h"
#include "network/lease.h"

namespace engine {

namespace {

/// "host", "private" or where else the pod's own namespace comes from.
std::string podMode(const PodSpec& spec, NamespaceKind kind) {
  const auto mode = spec.namespaces.find(kind);
  return mode == spec.namespaces.end() ? "private" : ::toText(mode->second);
}

Json infraConfig(const LivePod& pod) {
  const PodSpec& spec = pod.record.spec;
  const NetworkRequest& network = spec.network;
  const auto ports = pod.sandbox ? pod.sandbox->ports : expand(network.ports);
  return {{"PortBindings", portBindings(ports)},
          {"HostNetwork", podMode(spec, NamespaceKind::net) == "host"},
          {"StaticIP", network.ip},
          {"StaticMAC", network.mac},
          {"NoManageResolvConf", false},
          {"DNSServer", listOrNull(network.dnsServers)},
          {"DNSSearch", listOrNull(network.dnsSearch)},
          {"DNSOption", listOrNull(network.dnsOptions)},
          {"NoManageHosts", network.noHosts},
          {"HostAdd", listOrNull(network.addHosts)},
          {"Networks", listOrNull(networksOf(pod.record))},
          {"NetworkOptions", nullptr},
          {"pid_ns", podMode(spec, NamespaceKind::pid)},
          {"userns", "host"},
          {"uts_ns", podMode(spec, NamespaceKind::uts)}};
}

Json members(const PodSummary& summary, const LivePod& pod) {
  Json list = Json::array();
  for (const ContainerStatus& container : summary.containers) {
    list.push_back(
        {{"Id", container.id}, {"Name", container.name}, {"State", container.state.status}});
  }
  if (summary.hasInfra) {
    list.push_back({{"Id", summary.infraId},
                    {"Name", infraName(summary.id)},
                    {"State", infraState(pod).status}});
  }
  return list;
}

Json sharedNamespaces(const PodSpec& spec) {
  Json names = Json::array();
  if (spec.infra) {
    for (const NamespaceKind kind : spec.share) {
      names.push_back(traits(kind).name);
    }
  }
  return names;
}

void addResources(Json& document, const Resources& resources) {
  const CgroupLimits limits = cgroupLimits(resources);
  const auto addNumber = [&](const char* name, auto value) {
    if (value && *value > 0) {
      document[name] = *value;
    }
  };
  addNumber("CPUPeriod", limits.cpuPeriod);
  addNumber("CPUQuota", limits.cpuQuota);
  addNumber("CPUShares", limits.cpuShares);
  addNumber("MemoryLimit", limits.memoryMax);
  addNumber("MemoryReservation", limits.memoryLow);
  addNumber("PidsLimit", limits.pidsMax);
  addNumber("BlkioWeight", limits.ioWeight);
  if (resources.memory.value_or(0) > 0 && limits.swapMax && *limits.swapMax >= 0) {
    document["MemorySwap"] = *resources.memory + *limits.swapMax;
  }
  const auto addDevices = [&](const char* name, const std::vector<DeviceLimit>& limit,
                              const char* valueName) {
    if (!limit.empty()) {
      document[name] = deviceLimits(limit, valueName);
    }
  };
  addDevices("BlkioWeightDevice", resources.blkioWeightDevice, "Weight");
  addDevices("BlkioDeviceReadBps", resources.readBps, "Rate");
  addDevices("BlkioDeviceWriteBps", resources.writeBps, "Rate");
  addDevices("BlkioDeviceReadIOps", resources.readIops, "Rate");
  addDevices("BlkioDeviceWriteIOps", resources.writeIops, "Rate");
  if (!resources.cpusetCpus.empty()) {
    document["CPUSetCPUs"] = resources.cpusetCpus;
  }
  if (!resources.cpusetMems.empty()) {
    document["CPUSetMems"] = resources.cpusetMems;
  }
}

Json podMounts(const PodSpec& spec) {
  Json list = Json::array();
  for (const Mount& mount : spec.mounts) {
    list.push_back(mountDocument(mount));
  }
  return list;
}

}  // namespace

Json Engine::inspectPod(const std::string& pod) {
  const LivePod live = livePod(*state_, state_->pod(pod));
  const PodSpec& spec = live.record.spec;
  const PodSummary summary = summarize(*state_, live);
  Json document{{"Id", summary.id},
                {"Name", summary.name},
                {"Created", formatTime(summary.created)},
                {"CreateCommand", listOrNull(spec.createCommand)},
                {"ExitPolicy", spec.exitPolicy},
                {"State", summary.status},
                {"Hostname", spec.hostname},
                {"Labels", spec.labels},
                {"CreateCgroup", true},
                {"CgroupParent", cgroupParent(spec)},
                {"CgroupPath", summary.cgroup},
                {"CreateInfra", spec.infra}};
  if (!spec.uid.empty()) {
    document["UID"] = spec.uid;
    document["QOSClass"] = spec.qosClass;
  }
  if (spec.infra) {
    document["InfraContainerID"] = summary.infraId;
    document["InfraConfig"] = infraConfig(live);
  }
  document["SharedNamespaces"] = sharedNamespaces(spec);
  document["NumContainers"] = summary.containers.size() + (summary.hasInfra ? 1 : 0);
  document["Containers"] = members(summary, live);
  document["IPAddress"] = "";
  if (const auto lease = network::findLease(state_->registry, state_->bridge(), summary.id)) {
    document["IPAddress"] = lease->address4.substr(0, lease->address4.find('/'));
  }
  addResources(document, spec.resources);
  if (!spec.mounts.empty()) {
    document["Mounts"] = podMounts(spec);
  }
  if (!spec.restart.name.empty()) {
    document["RestartPolicy"] = spec.restart.name;
  }
  document["Budget"] =
      live.sandbox ? budgetDocument(*state_->cgroups().open(summary.cgroup)) : Json();
  return document;
}

}  // namespace engine
