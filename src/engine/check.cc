#include "engine/check.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/id.h"
#include "engine/device_rules.h"
#include "engine/init.h"
#include "engine/ports.h"
#include "engine/resources.h"
#include "engine/spec_builder.h"

namespace engine {

using Source = NamespaceMode::Source;

namespace {

bool isIp(int family, const std::string& text) {
  in6_addr address{};
  return ::inet_pton(family, text.c_str(), &address) == 1;
}

bool isMac(const std::string& text) {
  const std::vector<std::string> bytes = split(text, ':');
  return bytes.size() == 6 && std::all_of(bytes.begin(), bytes.end(), [](const std::string& byte) {
           return byte.size() == 2 &&
                  byte.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
         });
}

void checkAddHost(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':', 2);
  if (parts.size() != 2 || parts[0].empty() ||
      !(parts[1] == "host-gateway" || isIp(AF_INET, parts[1]) || isIp(AF_INET6, parts[1]))) {
    refuse(cat("--add-host \"", text, "\" is not NAME:ADDRESS"));
  }
}

void checkNetwork(const NetworkRequest& network) {
  checkPorts(network.ports);
  if (!network.ip.empty() && !isIp(AF_INET, network.ip)) {
    refuse(cat("--ip: \"", network.ip, "\" is not an IPv4 address"));
  }
  if (!network.ip6.empty() && !isIp(AF_INET6, network.ip6)) {
    refuse(cat("--ip6: \"", network.ip6, "\" is not an IPv6 address"));
  }
  if (!network.mac.empty() && !isMac(network.mac)) {
    refuse(cat("--mac-address: \"", network.mac, "\" is not an address such as 02:00:0a:5a:00:05"));
  }
  for (const std::string& server : network.dnsServers) {
    if (!isIp(AF_INET, server) && !isIp(AF_INET6, server)) {
      refuse(cat("--dns: \"", server, "\" is not an ip address"));
    }
  }
  std::for_each(network.addHosts.begin(), network.addHosts.end(), checkAddHost);
}

bool asksForNetwork(const NetworkRequest& network) {
  return !network.ip.empty() || !network.ip6.empty() || !network.mac.empty() ||
         !network.dnsServers.empty() || !network.dnsOptions.empty() || !network.dnsSearch.empty() ||
         !network.addHosts.empty() || !network.aliases.empty();
}

bool publishes(const NetworkRequest& network) {
  return !network.ports.empty() || network.publishAll;
}

void checkRestart(const RestartPolicy& policy) {
  constexpr std::array<std::string_view, 6> names{"",           "no",     "never",
                                                  "on-failure", "always", "unless-stopped"};
  if (std::find(names.begin(), names.end(), policy.name) == names.end()) {
    refuse(cat("\"", policy.name,
               "\" is not a restart policy: choose no, on-failure, always or "
               "unless-stopped"));
  }
}

/// Options of a network that is not the container's own.
void checkNetworkSource(const ContainerSpec& spec, const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(NamespaceKind::net, spec, pod);
  if (mode.source == Source::own) {
    if (spec.network.mode == NetworkRequest::Mode::none && publishes(spec.network)) {
      refuse("--publish needs a network: it cannot be combined with --network none");
    }
    return;
  }
  if (pod != nullptr && pod->shares(NamespaceKind::net)) {
    if (asksForNetwork(spec.network)) {
      refuse(cat("addresses, DNS servers and extra host entries must be specified on the pod: ",
                 "network cannot be configured when it is shared with pod ", pod->row.name));
    }
    if (publishes(spec.network) &&
        (mode.source == Source::host || pod->spec.network.mode == NetworkRequest::Mode::none)) {
      refuse(
          cat("--publish: pod ", pod->row.name, " has no network of its own to publish ports of"));
    }
    return;
  }
  if (asksForNetwork(spec.network) || publishes(spec.network)) {
    refuse(cat("ports, addresses, DNS servers and extra host entries cannot be combined with ",
               "--network ", ::toText(mode), ": they belong to that network namespace's owner"));
  }
}

void checkUts(const ContainerSpec& spec, const PodRecord* pod) {
  if (spec.hostname.empty()) {
    return;
  }
  checkHostname(spec.hostname);
  const NamespaceMode mode = effectiveMode(NamespaceKind::uts, spec, pod);
  if (mode.source == Source::host) {
    refuse("cannot set hostname when running in the host UTS namespace");
  }
  if (mode.source == Source::pod) {
    refuse("cannot set hostname when joining the pod UTS namespace");
  }
  if (mode.source != Source::own) {
    refuse(cat("cannot set hostname when joining another UTS namespace (", ::toText(mode), ")"));
  }
}

/// A size other than the usual one for a /dev/shm that is not the container's own.
void checkShm(const ContainerSpec& spec, const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(NamespaceKind::ipc, spec, pod);
  const bool pods = mode.source == Source::pod;
  if (mode.source == Source::own || spec.shmSize == ContainerSpec{}.shmSize ||
      (pods && pod != nullptr && spec.shmSize == pod->spec.shmSize)) {
    return;
  }
  refuse(pods && pod != nullptr
             ? cat("--shm-size: /dev/shm is that of pod ", pod->row.name, ", which has ",
                   pod->spec.shmSize, " bytes: give the size to pod create")
             : cat("--shm-size: with --ipc ", ::toText(mode),
                   " the container has no /dev/shm of its own"));
}

std::set<NamespaceKind> isolatedKinds(const ContainerSpec& spec, const PodRecord* pod) {
  std::set<NamespaceKind> isolated;
  for (const NamespaceTraits& entry : namespaceTable) {
    if (effectiveMode(entry.kind, spec, pod).source != Source::host) {
      isolated.insert(entry.kind);
    }
  }
  return isolated;
}

void checkUnsupported(const ContainerSpec& spec) {
  if (spec.logDriver != "k8s-file" && spec.logDriver != "none") {
    throw Error(ErrorKind::unsupported, cat("log driver \"", spec.logDriver,
                                            "\" is not supported: choose k8s-file or none"));
  }
}

void checkLimitsHaveCgroup(const ContainerSpec& spec) {
  if (spec.cgroups != "disabled") {
    return;
  }
  if (limitsAtStart(spec.resources) != CgroupLimits{} || !spec.deviceRules.empty()) {
    refuse("limits need a cgroup: leave out --cgroups disabled");
  }
}

}  // namespace

void checkHostname(const std::string& hostname) {
  constexpr std::size_t longest = 64;  // __NEW_UTS_LEN
  const bool allowed = std::all_of(hostname.begin(), hostname.end(), [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '-' || letter == '.' || letter == '_';
  });
  if (!allowed || hostname.size() > longest) {
    refuse(cat("invalid hostname \"", hostname, "\": at most ", longest,
               " letters, digits, hyphens and dots"));
  }
}

void checkPod(const PodSpec& spec) {
  if (!isValidName(spec.name)) {
    refuse(
        cat("invalid pod name \"", spec.name, "\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*"));
  }
  checkHostname(spec.hostname);
  if (spec.exitPolicy != "continue" && spec.exitPolicy != "stop") {
    refuse(cat("invalid exit policy \"", spec.exitPolicy, "\": choose continue or stop"));
  }
  checkRestart(spec.restart);
  checkModes(spec);
  checkResources(spec.resources);
  std::for_each(spec.devices.begin(), spec.devices.end(), devicesOf);
  cgroupParent(spec.cgroupParent);
  std::for_each(spec.mounts.begin(), spec.mounts.end(), checkMount);
  checkNetwork(spec.network);
  std::set<NamespaceKind> isolated;
  for (const NamespaceKind kind : spec.infra ? spec.share : std::set<NamespaceKind>{}) {
    const auto mode = spec.namespaces.find(kind);
    if (mode == spec.namespaces.end() || mode->second.source != Source::host) {
      isolated.insert(kind);
    }
  }
  checkSysctls(spec.sysctls, isolated);
  const auto net = spec.namespaces.find(NamespaceKind::net);
  const bool ownNet = isolated.contains(NamespaceKind::net) &&
                      (net == spec.namespaces.end() || net->second.source == Source::own) &&
                      spec.network.mode == NetworkRequest::Mode::bridge;
  if (!ownNet && (publishes(spec.network) || !spec.network.ip.empty() ||
                  !spec.network.ip6.empty() || !spec.network.mac.empty())) {
    refuse(
        "ports and addresses need a pod with a network of its own: share net, and a bridge "
        "network");
  }
}

void checkContainer(const ContainerSpec& spec, const PodRecord* pod) {
  if (!isValidName(spec.name)) {
    refuse(cat("invalid container name \"", spec.name,
               "\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*"));
  }
  checkUnsupported(spec);
  checkModes(spec, pod);
  checkInit(spec, pod);
  checkNetwork(spec.network);
  checkNetworkSource(spec, pod);
  checkUts(spec, pod);
  checkShm(spec, pod);
  checkResources(spec.resources);
  std::for_each(spec.deviceRules.begin(), spec.deviceRules.end(), parseDeviceRule);
  checkCgroups(spec, pod == nullptr ? nullptr : &pod->spec);
  checkLimitsHaveCgroup(spec);
  checkRestart(spec.restart);
  if (spec.remove && !spec.restart.name.empty() && spec.restart.name != "no" &&
      spec.restart.name != "never") {
    refuse("the --rm option conflicts with --restart");
  }
  std::for_each(spec.mounts.begin(), spec.mounts.end(), checkMount);
  checkSysctls(spec.sysctls, isolatedKinds(spec, pod));
  stopSignalOf(spec);
}

}  // namespace engine
