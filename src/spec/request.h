#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/json_text.h"
#include "base/namespace_kind.h"

/// What a user asks for, before it is resolved against an image and a pod. cli/ (later kube/ and
/// cri/) produces these, engine/ keeps them in the registry as JSON and turns them into an OCI
/// runtime specification at every start. Plain data; names are Podman's. Sizes in bytes, times in
/// the unit that the member's name says.

using StringMap = std::map<std::string, std::string>;

/// Where one of a container's namespaces comes from. Text forms (parseNamespaceMode, toText):
/// "private", "host", "pod", "container:NAME", "ns:PATH"; for ipc also "shareable" and "none"
/// (private, without /dev/shm); for net also "bridge" and "none".
struct NamespaceMode {
  enum class Source { own, host, pod, container, path };
  Source source = Source::own;
  std::string target;  ///< the container's name or id, or the path
  bool operator==(const NamespaceMode&) const = default;
};

/// Of a block device of the host, by its path.
struct DeviceLimit {
  std::string device;
  std::uint64_t value = 0;  ///< bytes or operations per second, or a weight
  bool operator==(const DeviceLimit&) const = default;
};

/// A resource limit that is absent is not limited.
struct Resources {
  std::optional<double> cpus;              ///< bandwidth, in cores; excludes cpuQuota and cpuPeriod
  std::optional<std::uint64_t> cpuPeriod;  ///< microseconds
  std::optional<std::int64_t> cpuQuota;    ///< microseconds per period
  std::optional<std::uint64_t> cpuShares;  ///< the v1 scale, 2 to 262144
  std::string cpusetCpus, cpusetMems;
  std::optional<std::int64_t> memory, memoryReservation,
      memorySwap;                                ///< memorySwap: memory plus swap, -1 unlimited
  std::optional<std::int64_t> pidsLimit;         ///< -1 or 0: unlimited
  std::optional<std::uint64_t> cpuRtPeriod;      ///< microseconds
  std::optional<std::int64_t> cpuRtRuntime;      ///< microseconds per cpuRtPeriod
  std::optional<std::int64_t> memorySwappiness;  ///< 0 to 100; -1: the machine's
  bool oomKillDisable = false;
  std::optional<std::uint64_t> blkioWeight;  ///< 10 to 1000; 0: the kernel's
  std::vector<DeviceLimit> blkioWeightDevice, readBps, writeBps, readIops, writeIops;
  std::map<std::string, std::int64_t> hugetlb;  ///< bytes by a page's size ("2MB"); -1: unlimited
  StringMap cgroupConf;                         ///< files of a cgroup v2 node
  bool operator==(const Resources&) const = default;
};

struct PortMapping {
  std::string hostIp;          ///< empty: all of the host's addresses
  std::uint16_t hostPort = 0;  ///< 0: any free one, chosen when the mapping is made
  std::uint16_t containerPort = 0;
  std::uint16_t range = 1;       ///< so many ports from each of the two on
  std::string protocol = "tcp";  ///< tcp, udp
};

/// What belongs to a network namespace: of a pod, or of a container that has its own.
struct NetworkRequest {
  enum class Mode { bridge, none };
  Mode mode = Mode::bridge;
  std::vector<PortMapping> ports;
  bool publishAll = false;   ///< -P: the image's exposed ports, each to a free one
  std::string ip, ip6, mac;  ///< empty: leased
  std::vector<std::string> dnsServers, dnsOptions, dnsSearch;
  std::vector<std::string> addHosts;  ///< "NAME:ADDRESS"; the address may be "host-gateway"
  std::vector<std::string> aliases;
  bool noHosts = false;
};

struct RestartPolicy {
  std::string name;         ///< no, on-failure, always, unless-stopped; empty: not said
  unsigned maxRetries = 0;  ///< on-failure: 0 is without end
};

struct Mount {
  std::string type;    ///< bind, tmpfs
  std::string source;  ///< an absolute path of the host; empty for tmpfs
  std::string target;
  std::vector<std::string>
      options;  ///< mount(8): ro, nosuid, rbind, rslave, size=..., and Podman's z, Z, U
};

struct Ulimit {
  std::string name;                 ///< nofile, ...
  std::int64_t soft = 0, hard = 0;  ///< -1: unlimited
};

struct PodSpec {
  std::string name, hostname;
  StringMap labels;
  std::set<NamespaceKind> share;
  /// Where the pod's own namespaces come from, for those that are not simply new ("--network
  /// host|ns:...| container:...", "--uts host", "--pid host").
  std::map<NamespaceKind, NamespaceMode> namespaces;
  bool infra = true;
  NetworkRequest network;
  Resources resources;
  std::string cgroupParent;
  std::string cgroupManager;  ///< "cgroupfs" or "systemd": chosen when it is created
  bool shareParent = true;    ///< the containers' cgroups are below the pod's
  std::int64_t shmSize = 64 << 20;
  StringMap sysctls;
  std::vector<Mount> mounts;            ///< every container gets them
  std::vector<std::string> devices;     ///< and these, as ContainerSpec::devices
  std::string exitPolicy = "continue";  ///< or "stop": the pod stops with its last container
  RestartPolicy restart;                ///< for containers that say nothing
  /// Of a pod that a Kubernetes manifest describes: where its cgroup is follows from them.
  std::string uid;       ///< letters, digits and single dashes; empty: it comes from somewhere else
  std::string qosClass;  ///< Guaranteed, Burstable or BestEffort
  std::vector<std::string> createCommand;  ///< argv of the command that made it
};

struct ContainerSpec {
  std::string name, pod;                               ///< pod: full id, empty outside any
  std::string image;                                   ///< as the user typed it
  std::optional<std::vector<std::string>> entrypoint;  ///< absent: the image's
  std::vector<std::string> command;                    ///< empty: the image's
  std::vector<std::string> env;                        ///< "NAME=VALUE", over the image's
  std::string workdir, user, hostname, umask;
  std::vector<std::string> groups;
  StringMap labels, annotations;
  bool tty = false, stdinOpen = false, init = false, remove = false;
  std::string initPath;  ///< of the host's program for init; empty: one that is found
  bool privileged = false, readOnly = false, noNewPrivileges = false;
  std::vector<std::string> capAdd, capDrop, maskPaths, unmaskPaths;
  std::string seccompProfile;  ///< a path, "unconfined", or empty for the default
  std::map<NamespaceKind, NamespaceMode>
      namespaces;          ///< absent: the pod's where it shares, else its own
  NetworkRequest network;  ///< for a network namespace of its own
  Resources resources;
  std::string cgroupParent, cgroupManager;  ///< as a pod's; in a pod the manager is the pod's
  std::string cgroups = "enabled";          ///< or disabled, no-conmon, split
  std::int64_t shmSize = 64 << 20;
  bool noShm = false;  ///< --ipc none
  StringMap sysctls;
  std::vector<Mount> mounts;
  std::vector<std::string> devices;      ///< "HOST[:CONTAINER[:rwm]]"
  std::vector<std::string> deviceRules;  ///< "TYPE MAJOR:MINOR ACCESS", such as "c 10:* rw"
  std::vector<Ulimit> ulimits;
  std::optional<int> oomScoreAdj;
  std::string stopSignal;     ///< empty: the image's, else SIGTERM
  unsigned stopTimeout = 10;  ///< seconds
  RestartPolicy restart;
  std::string logDriver = "k8s-file";  ///< or "none"
  std::string logPath;                 ///< empty: in the container's directory
  std::int64_t logMaxSize = -1;        ///< bytes; -1: not limited
  std::string pidFile;
  std::vector<std::string> createCommand;
};

NamespaceMode parseNamespaceMode(std::string_view text);  // throws Error (invalid)
std::string toText(const NamespaceMode& mode);

void to_json(Json& json, const PodSpec& spec);
void from_json(const Json& json, PodSpec& spec);
void from_json(const JsonText::Value& json, PodSpec& spec);
void to_json(Json& json, const ContainerSpec& spec);
void from_json(const Json& json, ContainerSpec& spec);
void from_json(const JsonText::Value& json, ContainerSpec& spec);
