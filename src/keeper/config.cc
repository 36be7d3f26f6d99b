#include "keeper/config.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "spec/members.h"

namespace keeper {
namespace {

using spec_detail::visitKinds;

template <typename Visitor, typename T>
void visitByKind(Visitor& visit, const char* key, std::map<NamespaceKind, T>& values) {
  const auto same = [](const T& value) { return value; };
  spec_detail::visitByKind(visit, key, values, same, same);
}

constexpr std::array<std::pair<RestartRule::When, std::string_view>, 3> restartNames{
    {{RestartRule::When::no, "no"},
     {RestartRule::When::onFailure, "on-failure"},
     {RestartRule::When::always, "always"}}};

std::string whenName(RestartRule::When when) {
  const auto* entry = std::find_if(restartNames.begin(), restartNames.end(),
                                   [&](const auto& known) { return known.first == when; });
  return std::string(entry->second);
}

RestartRule::When whenNamed(const std::string& name) {
  const auto* entry = std::find_if(restartNames.begin(), restartNames.end(),
                                   [&](const auto& known) { return known.second == name; });
  if (entry == restartNames.end()) {
    throw Error(ErrorKind::invalid, cat("unknown restart rule \"", name, "\""));
  }
  return entry->first;
}

}  // namespace
}  // namespace keeper

// The lower layers keep no JSON form of these; it is this protocol's alone, hence static.

template <typename Visitor>
static void members(Visitor& visit, IoLimit& limit) {
  visit("key", limit.key);
  visit("major", limit.major);
  visit("minor", limit.minor);
  visit("value", limit.value);
}

template <typename Visitor>
static void members(Visitor& visit, DeviceRule& rule) {
  visit("allow", rule.allow);
  visit("type", rule.type);
  visit("major", rule.major);
  visit("minor", rule.minor);
  visit("access", rule.access);
}

template <typename Visitor>
static void members(Visitor& visit, CgroupLimits& limits) {
  visit("memoryMax", limits.memoryMax);
  visit("memoryLow", limits.memoryLow);
  visit("swapMax", limits.swapMax);
  visit.unlessZero("swapImplied", limits.swapImplied);
  visit("cpuQuota", limits.cpuQuota);
  visit("cpuPeriod", limits.cpuPeriod);
  visit("cpuShares", limits.cpuShares);
  visit("pidsMax", limits.pidsMax);
  visit("cpusetCpus", limits.cpusetCpus);
  visit("cpusetMems", limits.cpusetMems);
  visit("swappiness", limits.swappiness);
  visit("oomKillDisable", limits.oomKillDisable);
  visit("rtPeriod", limits.rtPeriod);
  visit("rtRuntime", limits.rtRuntime);
  visit("ioWeight", limits.ioWeight);
  visit("io", limits.io);
  visit("hugetlb", limits.hugetlb);
  visit("devices", limits.devices);
  visit("files", limits.files);
}

namespace runtime {

template <typename Visitor>
static void members(Visitor& visit, Overlay& overlay) {
  visit("layers", overlay.layers);
  visit("upper", overlay.upper);
  visit("work", overlay.work);
  visit.unlessZero("volatile", overlay.volatileUpper);
}

}  // namespace runtime

namespace network {

template <typename Visitor>
static void members(Visitor& visit, Interface& interface) {
  visit("bridgeDevice", interface.bridgeDevice);
  visit("hostName", interface.hostName);
  visit("name", interface.name);
  visit("address4", interface.address4);
  visit("gateway4", interface.gateway4);
  visit("address6", interface.address6);
  visit("gateway6", interface.gateway6);
  visit("mac", interface.mac);
}

template <typename Visitor>
static void members(Visitor& visit, PublishedPort& port) {
  visit("hostIp", port.hostIp);
  visit("hostPort", port.hostPort);
  visit("containerPort", port.containerPort);
  visit("protocol", port.protocol);
}

}  // namespace network

namespace keeper {

template <typename Visitor>
static void members(Visitor& visit, JoinedContainer& owner) {
  visit("id", owner.id);
  visit("name", owner.name);
}

template <typename Visitor>
static void members(Visitor& visit, SandboxConfig& config) {
  visit("id", config.id);
  visit("name", config.name);
  visit.unlessZero("pod", config.pod);
  visitKinds(visit, "newNamespaces", config.newNamespaces);
  visitByKind(visit, "namespacePaths", config.namespacePaths);
  visitByKind(visit, "joined", config.joined);
  visit("hostname", config.hostname);
  visit("sysctls", config.sysctls);
  visit.unlessZero("shmSize", config.shmSize);
  visit("cgroup", config.cgroup);
  visit("keeperCgroup", config.keeperCgroup);
  visit("scopeUnit", config.scopeUnit);
  visit("scopeSlice", config.scopeSlice);
  visit("sharedLevels", config.sharedLevels);
  visit("limits", config.limits);
  visit("interface", config.interface);
  visit("ports", config.ports);
  visit.unlessZero("stopWithLast", config.stopWithLast);
}

template <typename Visitor>
static void members(Visitor& visit, RestartRule& rule) {
  visit.as("when", rule.when, whenName, whenNamed);
  visit.unlessZero("maxRetries", rule.maxRetries);
}

template <typename Visitor>
static void members(Visitor& visit, ContainerNetwork& own) {
  visit("interface", own.interface);
  visit("ports", own.ports);
}

template <typename Visitor>
static void members(Visitor& visit, ContainerConfig& config) {
  visit("id", config.id);
  visit("name", config.name);
  visit("image", config.image);
  visit("bundle", config.bundle);
  visit("overlay", config.overlay);
  visitKinds(visit, "sandboxNamespaces", config.sandboxNamespaces);
  visit.unlessZero("sandboxShm", config.sandboxShm);
  visit("network", config.network);
  visitByKind(visit, "joined", config.joined);
  visit("shmOf", config.shmOf);
  visit("user", config.user);
  visit("groups", config.groups);
  visit("cgroup", config.cgroup);
  visit("limits", config.limits);
  visit("logPath", config.logPath);
  visit("logMaxSize", config.logMaxSize);
  visit.unlessZero("stdinOpen", config.stdinOpen);
  visit("stopSignal", config.stopSignal);
  visit("stopTimeout", config.stopTimeout);
  visit("restart", config.restart);
  visit.unlessZero("remove", config.remove);
  visit("pidFile", config.pidFile);
  visit("seccompFilter", config.seccompFilter);
}

template <typename Visitor>
static void members(Visitor& visit, ContainerState& state) {
  visit("status", state.status);
  visit("pid", state.pid);
  visit("startTime", state.startTime);
  visit("startedAt", state.startedAt);
  visit("finishedAt", state.finishedAt);
  visit("exitCode", state.exitCode);
  visit.unlessZero("oomKilled", state.oomKilled);
  visit("oomLimit", state.oomLimit);
  visit("pidsLimit", state.pidsLimit);
  visit.unlessZero("oomKills", state.oomKills);
  visit.unlessZero("pidsRefused", state.pidsRefused);
  visit.unlessZero("cpuBefore", state.cpuBefore);
  visit.unlessZero("cpuSystemBefore", state.cpuSystemBefore);
  visit.unlessZero("restarts", state.restarts);
  visit("error", state.error);
}

template <typename Visitor>
static void members(Visitor& visit, SandboxState& state) {
  visit("status", state.status);
  visit("pause", state.pause);
  visit("startedAt", state.startedAt);
  visit("ports", state.ports);
}

void to_json(Json& json, const SandboxConfig& config) {
  json = spec_detail::toJson(config);
}
void from_json(const Json& json, SandboxConfig& config) {
  spec_detail::fromJson(json, config);
}
void to_json(Json& json, const ContainerConfig& config) {
  json = spec_detail::toJson(config);
}
void from_json(const Json& json, ContainerConfig& config) {
  spec_detail::fromJson(json, config);
}
void from_json(const JsonText::Value& json, ContainerConfig& config) {
  spec_detail::fromJson(json, config);
}
void to_json(Json& json, const ContainerState& state) {
  json = spec_detail::toJson(state);
}
void from_json(const Json& json, ContainerState& state) {
  spec_detail::fromJson(json, state);
}
void from_json(const JsonText::Value& json, ContainerState& state) {
  spec_detail::fromJson(json, state);
}
void to_json(Json& json, const SandboxState& state) {
  json = spec_detail::toJson(state);
}
void from_json(const Json& json, SandboxState& state) {
  spec_detail::fromJson(json, state);
}
void from_json(const JsonText::Value& json, SandboxState& state) {
  spec_detail::fromJson(json, state);
}

Json limitsToJson(const CgroupLimits& limits) {
  return spec_detail::toJson(limits);
}

CgroupLimits limitsFromJson(const Json& json) {
  CgroupLimits limits;
  spec_detail::fromJson(json, limits);
  return limits;
}

Json portsToJson(const std::vector<network::PublishedPort>& ports) {
  return spec_detail::toJson(ports);
}

std::vector<network::PublishedPort> portsFromJson(const Json& json) {
  std::vector<network::PublishedPort> ports;
  spec_detail::fromJson(json, ports);
  return ports;
}

}  // namespace keeper
