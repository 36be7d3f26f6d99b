#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/json_text.h"
#include "base/namespace_kind.h"
#include "base/text.h"
#include "kernel/cgroup/cgroup.h"
#include "network/network.h"
#include "runtime/launch.h"

/// What the engine tells a keeper: everything is resolved, no names of images or pods are left to
/// look up.
namespace keeper {

/// Directories of one instance of peapod (`--root`, `--runroot`) and what is where below them.
struct Layout {
  Path root = "/var/lib/peapod";  ///< survives a reboot
  Path runroot = "/run/peapod";   ///< does not
  Path registry() const { return root / "state.db"; }
  Path images() const { return root / "images"; }
  Path container(const std::string& id) const { return root / "containers" / id; }
  Path trash() const { return root / "trash"; }
  /// Of a keeper, by the id of its pod or single container: keeper.sock, keeper.lock, sandbox.json,
  /// keeper.log and the files hosts, resolv.conf and hostname that its containers see.
  Path sandbox(const std::string& id) const { return sandboxes() / id; }
  Path sandboxes() const { return runroot / "sandboxes"; }
  Path states() const { return runroot / "state"; }
  /// ContainerState as JSON. Lists ask for many, and operator/ takes paths apart.
  Path state(const std::string& id) const { return cat(runroot.native(), "/state/", id, ".json"); }
  /// Of a container that runs, by its name: a link to its configuration.
  Path name(const std::string& name) const { return runroot / "names" / name; }
  Path events() const { return runroot / "events.log"; }
  Path seccompCache() const { return runroot / "seccomp"; }
  Path cgroupPlaces() const { return runroot / "cgroups"; }
};

/// A container whose namespaces another one joins.
struct JoinedContainer {
  std::string id, name;
};
using JoinedContainers = std::map<NamespaceKind, JoinedContainer>;

/// What a keeper sets up before its first container and takes down after its last one: that of a
/// pod (then it starts a pause process), or of one container outside any pod (then it does not, and
/// ends with the container).
struct SandboxConfig {
  std::string id, name;
  bool pod = false;
  /// A pod's namespaces: new ones, and those that exist somewhere else, by path or as another
  /// container's. A kind in none of them is the host's.
  std::set<NamespaceKind> newNamespaces;
  std::map<NamespaceKind, std::string> namespacePaths;
  JoinedContainers joined;
  std::string hostname;
  std::map<std::string, std::string> sysctls;
  std::int64_t shmSize = 0;  ///< bytes, where ipc is new
  std::string cgroup;        ///< path; empty: none
  /// Where the keeper is itself under cgroup v2; empty: in the cgroups of who starts it.
  std::string keeperCgroup;
  /// A systemd scope with `keeperCgroup` in it, which the keeper gets when it is started.
  std::string scopeUnit, scopeSlice;
  /// What is above the cgroup (the scope), innermost first, and goes with the last pod below it:
  /// paths of cgroups, or names of slices.
  std::vector<std::string> sharedLevels;
  CgroupLimits limits;
  /// The interface of the new network namespace; absent: loopback alone.
  std::optional<network::Interface> interface;
  std::vector<network::PublishedPort> ports;
  bool stopWithLast = false;  ///< exit policy "stop"
};

struct RestartRule {
  enum class When { no, onFailure, always };
  When when = When::no;
  unsigned maxRetries = 0;  ///< 0: without end
};

/// A network namespace of one container's own inside a pod that does not share net.
struct ContainerNetwork {
  std::optional<network::Interface> interface;  ///< absent: loopback alone
  std::vector<network::PublishedPort> ports;
};

struct ContainerConfig {
  std::string id, name;
  std::string image;  ///< its name, for events
  Path bundle;        ///< directory with config.json, the OCI runtime specification
  std::optional<runtime::Overlay> overlay;
  /// Namespaces that the specification leaves to the keeper: the pod's, or for a single container
  /// its sandbox's net.
  std::set<NamespaceKind> sandboxNamespaces;
  bool sandboxShm = false;  ///< /dev/shm is the pod's
  std::optional<ContainerNetwork>
      network;  ///< its net namespace is its own: not in sandboxNamespaces, not in the spec
  /// Left to the keeper too, which looks at each launch where they are.
  JoinedContainers joined;
  std::optional<JoinedContainer> shmOf;  ///< /dev/shm is this container's
  std::string user;
  std::vector<std::string> groups;
  std::string cgroup;
  CgroupLimits limits;
  std::string logPath;  ///< empty: no log
  std::int64_t logMaxSize = -1;
  bool stdinOpen = false;
  int stopSignal = 15;
  unsigned stopTimeout = 10;  ///< seconds
  RestartRule restart;
  bool remove = false;  ///< the keeper runs `peapod rm` for it at its end
  std::string pidFile;
  std::string
      seccompFilter;  ///< file with the compiled filter (LaunchOptions); empty: the specification's
};

/// A container's live state, written by its keeper to Layout::state and, when it ended, kept in
/// exit.json of its directory (while it is being removed it stays where it was).
struct ContainerState {
  std::string status = "created";  ///< created, running, paused, stopping, exited
  pid_t pid = 0;
  std::uint64_t startTime = 0;                 ///< of pid, clock ticks since boot
  std::int64_t startedAt = 0, finishedAt = 0;  ///< nanoseconds since the epoch
  int exitCode = 0;                            ///< 128 + signal for one that a signal ended
  bool oomKilled = false;                      ///< the process, or one that it did not survive
  /// Whose limit of memory (of processes) it met last: "container", "pod" (or what is above it);
  /// empty: none, or not known.
  std::string oomLimit, pidsLimit;
  std::uint64_t oomKills = 0;     ///< processes of it that were killed for want of memory
  std::uint64_t pidsRefused = 0;  ///< forks refused
  /// CPU time in microseconds, and that of the kernel alone, that its cgroup had used before.
  std::uint64_t cpuBefore = 0, cpuSystemBefore = 0;
  unsigned restarts = 0;
  std::string error;  ///< why it could not start or be restarted
};

/// A keeper's own live state: that of its sandbox, in Layout::state under the sandbox's id with
/// ".sandbox" added.
struct SandboxState {
  std::string status;  ///< running, paused
  pid_t pause = 0;     ///< 0 outside pods
  std::int64_t startedAt = 0;
  std::vector<network::PublishedPort> ports;
};

void to_json(Json& json, const SandboxConfig& config);
void from_json(const Json& json, SandboxConfig& config);
void to_json(Json& json, const ContainerConfig& config);
void from_json(const Json& json, ContainerConfig& config);
void from_json(const JsonText::Value& json, ContainerConfig& config);
void to_json(Json& json, const ContainerState& state);
void from_json(const Json& json, ContainerState& state);
void from_json(const JsonText::Value& json, ContainerState& state);
void to_json(Json& json, const SandboxState& state);
void from_json(const Json& json, SandboxState& state);
void from_json(const JsonText::Value& json, SandboxState& state);
Json limitsToJson(const CgroupLimits& limits);
CgroupLimits limitsFromJson(const Json& json);
Json portsToJson(const std::vector<network::PublishedPort>& ports);
std::vector<network::PublishedPort> portsFromJson(const Json& json);

}  // namespace keeper
