#include "base/json.h"
#include "engine/inspect.h"
#include "engine/namespaces.h"
#include "engine/resources.h"

namespace engine {

using Source = NamespaceMode::Source;

namespace {

/// Podman shows a pod's namespaces as those of its infra container.
std::string modeText(NamespaceKind kind, const ContainerSpec& spec, const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(kind, spec, pod);
  if (mode.source == Source::pod) {
    return "container:" + infraId(pod->id());
  }
  if (mode.source != Source::own) {
    return ::toText(mode);
  }
  if (kind == NamespaceKind::net) {
    return spec.network.mode == NetworkRequest::Mode::none ? "none" : "bridge";
  }
  if (kind == NamespaceKind::ipc) {
    return spec.noShm ? "none" : "shareable";
  }
  return "private";
}

Json binds(const ContainerSpec& spec) {
  Json list = Json::array();
  for (const Mount& mount : spec.mounts) {
    if (mount.type == "bind") {
      list.push_back(cat(mount.source, ":", mount.target,
                         mount.options.empty() ? "" : cat(":", join(mount.options, ","))));
    }
  }
  return list;
}

Json tmpfs(const ContainerSpec& spec) {
  Json list = Json::object();
  for (const Mount& mount : spec.mounts) {
    if (mount.type == "tmpfs") {
      list[mount.target] = join(mount.options, ",");
    }
  }
  return list;
}

Json ulimits(const ContainerSpec& spec) {
  Json list = Json::array();
  for (const Ulimit& ulimit : spec.ulimits) {
    list.push_back({{"Name", ulimit.name}, {"Soft", ulimit.soft}, {"Hard", ulimit.hard}});
  }
  return list;
}

Json devices(const ContainerSpec& spec) {
  Json list = Json::array();
  for (const std::string& text : spec.devices) {
    const std::vector<std::string> parts = split(text, ':');
    list.push_back({{"PathOnHost", parts[0]},
                    {"PathInContainer", parts.size() > 1 ? parts[1] : parts[0]},
                    {"CgroupPermissions", parts.size() > 2 ? parts[2] : "rwm"}});
  }
  return list;
}

Json securityOptions(const ContainerSpec& spec) {
  Json list = Json::array();
  if (spec.noNewPrivileges) {
    list.push_back("no-new-privileges");
  }
  if (!spec.seccompProfile.empty()) {
    list.push_back("seccomp=" + spec.seccompProfile);
  }
  return list;
}

void addResources(Json& document, const ContainerSpec& spec) {
  const Resources& resources = spec.resources;
  const CgroupLimits limits = cgroupLimits(resources);
  const std::int64_t memory = resources.memory.value_or(0);
  const std::int64_t swap = limits.swapMax.value_or(0);
  document["CpuShares"] = resources.cpuShares.value_or(0);
  document["Memory"] = memory;
  document["NanoCpus"] = static_cast<std::int64_t>(resources.cpus.value_or(0) * 1e9);
  document["CpuPeriod"] = limits.cpuPeriod.value_or(0);
  document["CpuQuota"] = limits.cpuQuota.value_or(0);
  document["CpuRealtimePeriod"] = resources.cpuRtPeriod.value_or(0);
  document["CpuRealtimeRuntime"] = resources.cpuRtRuntime.value_or(0);
  document["CpusetCpus"] = resources.cpusetCpus;
  document["CpusetMems"] = resources.cpusetMems;
  document["MemoryReservation"] = resources.memoryReservation.value_or(0);
  document["MemorySwap"] = swap < 0 ? -1 : memory > 0 ? memory + swap : 0;
  document["MemorySwappiness"] = resources.memorySwappiness.value_or(-1);
  document["OomKillDisable"] = resources.oomKillDisable;
  document["BlkioWeight"] = resources.blkioWeight.value_or(0);
  document["BlkioWeightDevice"] = deviceLimits(resources.blkioWeightDevice, "Weight");
  document["BlkioDeviceReadBps"] = deviceLimits(resources.readBps, "Rate");
  document["BlkioDeviceWriteBps"] = deviceLimits(resources.writeBps, "Rate");
  document["BlkioDeviceReadIOps"] = deviceLimits(resources.readIops, "Rate");
  document["BlkioDeviceWriteIOps"] = deviceLimits(resources.writeIops, "Rate");
  document["CgroupConf"] = resources.cgroupConf.empty() ? Json() : Json(resources.cgroupConf);
  document["PidsLimit"] = resources.pidsLimit.value_or(2048);
  document["Ulimits"] = ulimits(spec);
}

}  // namespace

Json hostConfig(const ContainerRecord& container, const PodRecord* pod, const Path& log,
                const std::vector<network::PublishedPort>& ports) {
  const ContainerSpec& spec = container.spec;
  const std::string cgroup = containerCgroup(container.id(), spec, container.row.pod,
                                             pod == nullptr ? nullptr : &pod->spec);
  Json document{
      {"Binds", binds(spec)},
      {"CgroupManager", spec.cgroupManager},
      {"CgroupMode", modeText(NamespaceKind::cgroup, spec, pod)},
      {"ContainerIDFile", ""},
      {"LogConfig",
       {{"Type", spec.logDriver},
        {"Config", nullptr},
        {"Path", log.native()},
        {"Tag", ""},
        {"Size", spec.logMaxSize > 0 ? cat(spec.logMaxSize, "B") : "0B"}}},
      {"NetworkMode", modeText(NamespaceKind::net, spec, pod)},
      {"PortBindings", portBindings(ports)},
      {"RestartPolicy",
       {{"Name", spec.restart.name}, {"MaximumRetryCount", spec.restart.maxRetries}}},
      {"AutoRemove", spec.remove},
      {"CapAdd", spec.capAdd},
      {"CapDrop", spec.capDrop},
      {"Dns", spec.network.dnsServers},
      {"DnsOptions", spec.network.dnsOptions},
      {"DnsSearch", spec.network.dnsSearch},
      {"ExtraHosts", spec.network.addHosts},
      {"GroupAdd", spec.groups},
      {"Init", spec.init},
      {"IpcMode", modeText(NamespaceKind::ipc, spec, pod)},
      {"Cgroup", ""},
      {"Cgroups", spec.cgroups == "enabled" ? "default" : spec.cgroups},
      {"Links", nullptr},
      {"OomScoreAdj", spec.oomScoreAdj.value_or(0)},
      {"PidMode", modeText(NamespaceKind::pid, spec, pod)},
      {"Privileged", spec.privileged},
      {"PublishAllPorts", spec.network.publishAll},
      {"ReadonlyRootfs", spec.readOnly},
      {"SecurityOpt", securityOptions(spec)},
      {"Tmpfs", tmpfs(spec)},
      {"UTSMode", modeText(NamespaceKind::uts, spec, pod)},
      {"UsernsMode", ""},
      {"ShmSize", spec.shmSize},
      {"Runtime", "peapod"},
      {"CgroupParent", cgroup.substr(0, cgroup.rfind('/'))},
      {"Devices", devices(spec)},
  };
  addResources(document, spec);
  return document;
}

}  // namespace engine
