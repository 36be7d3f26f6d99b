#include "base/json.h"
#include "spec/members.h"
#include "spec/request.h"

namespace {

using spec_detail::visitKinds;

template <typename Visitor>
void visitModes(Visitor& visit, const char* key, std::map<NamespaceKind, NamespaceMode>& modes) {
  spec_detail::visitByKind(
      visit, key, modes, [](const NamespaceMode& mode) { return toText(mode); },
      parseNamespaceMode);
}

std::string modeName(NetworkRequest::Mode mode) {
  return mode == NetworkRequest::Mode::none ? "none" : "bridge";
}

NetworkRequest::Mode modeNamed(const std::string& name) {
  if (name != "none" && name != "bridge") {
    throw Error(ErrorKind::invalid, cat("unknown network mode \"", name, "\""));
  }
  return name == "none" ? NetworkRequest::Mode::none : NetworkRequest::Mode::bridge;
}

}  // namespace

template <typename Visitor>
void members(Visitor& visit, DeviceLimit& limit) {
  visit("device", limit.device);
  visit("value", limit.value);
}

template <typename Visitor>
void members(Visitor& visit, Resources& resources) {
  visit("cpus", resources.cpus);
  visit("cpuPeriod", resources.cpuPeriod);
  visit("cpuQuota", resources.cpuQuota);
  visit("cpuShares", resources.cpuShares);
  visit("cpusetCpus", resources.cpusetCpus);
  visit("cpusetMems", resources.cpusetMems);
  visit("memory", resources.memory);
  visit("memoryReservation", resources.memoryReservation);
  visit("memorySwap", resources.memorySwap);
  visit("pidsLimit", resources.pidsLimit);
  visit("cpuRtPeriod", resources.cpuRtPeriod);
  visit("cpuRtRuntime", resources.cpuRtRuntime);
  visit("memorySwappiness", resources.memorySwappiness);
  visit.unlessZero("oomKillDisable", resources.oomKillDisable);
  visit("blkioWeight", resources.blkioWeight);
  visit("blkioWeightDevice", resources.blkioWeightDevice);
  visit("readBps", resources.readBps);
  visit("writeBps", resources.writeBps);
  visit("readIops", resources.readIops);
  visit("writeIops", resources.writeIops);
  visit("hugetlb", resources.hugetlb);
  visit("cgroupConf", resources.cgroupConf);
}

template <typename Visitor>
void members(Visitor& visit, PortMapping& port) {
  visit("hostIp", port.hostIp);
  visit("hostPort", port.hostPort);
  visit("containerPort", port.containerPort);
  visit("range", port.range);
  visit.always("protocol", port.protocol);
}

template <typename Visitor>
void members(Visitor& visit, NetworkRequest& network) {
  visit.as("mode", network.mode, modeName, modeNamed);
  visit("ports", network.ports);
  visit.unlessZero("publishAll", network.publishAll);
  visit("ip", network.ip);
  visit("ip6", network.ip6);
  visit("mac", network.mac);
  visit("dnsServers", network.dnsServers);
  visit("dnsOptions", network.dnsOptions);
  visit("dnsSearch", network.dnsSearch);
  visit("addHosts", network.addHosts);
  visit("aliases", network.aliases);
  visit.unlessZero("noHosts", network.noHosts);
}

template <typename Visitor>
void members(Visitor& visit, RestartPolicy& policy) {
  visit("name", policy.name);
  visit("maxRetries", policy.maxRetries);
}

template <typename Visitor>
void members(Visitor& visit, Mount& mount) {
  visit("type", mount.type);
  visit("source", mount.source);
  visit("target", mount.target);
  visit("options", mount.options);
}

template <typename Visitor>
void members(Visitor& visit, Ulimit& limit) {
  visit("name", limit.name);
  visit("soft", limit.soft);
  visit("hard", limit.hard);
}

template <typename Visitor>
void members(Visitor& visit, PodSpec& spec) {
  visit("name", spec.name);
  visit("hostname", spec.hostname);
  visit("labels", spec.labels);
  visitKinds(visit, "share", spec.share);
  visitModes(visit, "namespaces", spec.namespaces);
  visit("infra", spec.infra);
  visit("network", spec.network);
  visit("resources", spec.resources);
  visit("cgroupParent", spec.cgroupParent);
  visit("cgroupManager", spec.cgroupManager);
  visit("shareParent", spec.shareParent);
  visit("shmSize", spec.shmSize);
  visit("sysctls", spec.sysctls);
  visit("mounts", spec.mounts);
  visit("devices", spec.devices);
  visit.always("exitPolicy", spec.exitPolicy);
  visit("restart", spec.restart);
  visit("uid", spec.uid);
  visit("qosClass", spec.qosClass);
  visit("createCommand", spec.createCommand);
}

/// Identity, command and what a process is born with.
template <typename Visitor>
void processMembers(Visitor& visit, ContainerSpec& spec) {
  visit("name", spec.name);
  visit("pod", spec.pod);
  visit("image", spec.image);
  visit("entrypoint", spec.entrypoint);
  visit("command", spec.command);
  visit("env", spec.env);
  visit("workdir", spec.workdir);
  visit("user", spec.user);
  visit("hostname", spec.hostname);
  visit("umask", spec.umask);
  visit("groups", spec.groups);
  visit("labels", spec.labels);
  visit("annotations", spec.annotations);
  visit.unlessZero("tty", spec.tty);
  visit.unlessZero("stdinOpen", spec.stdinOpen);
  visit.unlessZero("init", spec.init);
  visit("initPath", spec.initPath);
  visit.unlessZero("remove", spec.remove);
  visit("ulimits", spec.ulimits);
  visit("oomScoreAdj", spec.oomScoreAdj);
  visit("pidFile", spec.pidFile);
  visit("createCommand", spec.createCommand);
}

template <typename Visitor>
void securityMembers(Visitor& visit, ContainerSpec& spec) {
  visit.unlessZero("privileged", spec.privileged);
  visit.unlessZero("readOnly", spec.readOnly);
  visit.unlessZero("noNewPrivileges", spec.noNewPrivileges);
  visit("capAdd", spec.capAdd);
  visit("capDrop", spec.capDrop);
  visit("maskPaths", spec.maskPaths);
  visit("unmaskPaths", spec.unmaskPaths);
  visit("seccompProfile", spec.seccompProfile);
}

template <typename Visitor>
void members(Visitor& visit, ContainerSpec& spec) {
  processMembers(visit, spec);
  securityMembers(visit, spec);
  visitModes(visit, "namespaces", spec.namespaces);
  visit("network", spec.network);
  visit("resources", spec.resources);
  visit("cgroupParent", spec.cgroupParent);
  visit("cgroupManager", spec.cgroupManager);
  visit("cgroups", spec.cgroups);
  visit("shmSize", spec.shmSize);
  visit.unlessZero("noShm", spec.noShm);
  visit("sysctls", spec.sysctls);
  visit("mounts", spec.mounts);
  visit("devices", spec.devices);
  visit("deviceRules", spec.deviceRules);
  visit("stopSignal", spec.stopSignal);
  visit("stopTimeout", spec.stopTimeout);
  visit("restart", spec.restart);
  visit.always("logDriver", spec.logDriver);
  visit("logPath", spec.logPath);
  visit("logMaxSize", spec.logMaxSize);
}

void to_json(Json& json, const PodSpec& spec) {
  json = spec_detail::toJson(spec);
}
void from_json(const Json& json, PodSpec& spec) {
  spec_detail::fromJson(json, spec);
}
void from_json(const JsonText::Value& json, PodSpec& spec) {
  spec_detail::fromJson(json, spec);
}
void to_json(Json& json, const ContainerSpec& spec) {
  json = spec_detail::toJson(spec);
}
void from_json(const Json& json, ContainerSpec& spec) {
  spec_detail::fromJson(json, spec);
}
void from_json(const JsonText::Value& json, ContainerSpec& spec) {
  spec_detail::fromJson(json, spec);
}
