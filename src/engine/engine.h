#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/usage.h"
#include "image/store.h"
#include "keeper/client.h"
#include "spec/request.h"
#include "store/registry.h"

/// The verbs, as users know them: what cli/ (and later cri/) offers is one function here. Names of
/// pods and containers are given as users type them: a name, an id, or a prefix of an id. Every
/// error names the object.
namespace engine {

/// A container where its pod is listed.
struct ContainerStatus {
  std::string id, name;
  keeper::ContainerState state;
};

/// One container in a list.
struct ContainerSummary : ContainerStatus {
  std::string image, imageId, pod, podName;
  std::vector<std::string> command;
  StringMap labels;
  Time created{};
  std::vector<network::PublishedPort> ports;
  std::vector<std::string> networks, mounts;  ///< mounts: destinations of those that were asked for
  bool infra = false;                         ///< a pod's pause process
  bool remove = false;                        ///< goes away at its end
};

struct ContainerSize {
  std::uint64_t written = 0;  ///< bytes of what differs from the image
  std::uint64_t whole = 0;    ///< with the image
};

struct PodSummary {
  std::string id, name, status;  ///< Created, Running, Degraded, Paused, Stopped, Exited, Dead
  StringMap labels;
  Time created{};
  std::string cgroup, infraId;
  std::vector<std::string> networks;
  std::vector<ContainerStatus> containers;  ///< without the pause process
  bool hasInfra = true;
};

/// Attached from its first byte on.
struct AttachedStart {
  std::string id;
  keeper::Attachment attachment;
};

/// What an engine is made for: a list of all, or a sample of all, begins to read live states while
/// the registry is opened. The first list then has what was the case when the engine was made.
enum class Purpose { any, list, usage };

class Engine {
 public:
  /// `cgroupManager`: for what is created; empty: the configured one, or what suits the machine.
  explicit Engine(keeper::Layout layout, const std::string& cgroupManager = "",
                  Purpose purpose = Purpose::any);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const keeper::Layout& layout() const;
  image::Store& images();
  /// Error (in_use) for an image that a container uses.
  image::Store::Removed removeImage(const std::string& typed, bool force);

  // Pods (engine/pod.cc, pod_start.cc, pod_inspect.cc)
  std::string createPod(PodSpec spec);
  void startPod(const std::string& pod);  ///< the sandbox and every container
  void stopPod(const std::string& pod, std::optional<unsigned> seconds);
  void restartPod(const std::string& pod);
  void killPod(const std::string& pod, int signal);
  void pausePod(const std::string& pod);
  void unpausePod(const std::string& pod);
  /// With its containers. Error (in_use) where one of those runs, without force.
  void removePod(const std::string& pod, bool force, std::optional<unsigned> seconds);
  /// Before removePod() of each, with force: has their keepers end them all at the same time, and
  /// does not wait. Those that cannot be removed are left alone.
  void beginRemovingPods(const std::vector<std::string>& pods, std::optional<unsigned> seconds);
  /// After removePod() of each: their cgroups go, too.
  void endRemovingPods();
  std::vector<PodSummary> listPods();
  PodSummary podSummary(const std::string& pod);
  /// The full id. Costs a lookup, where a summary reads the state of all containers.
  std::string podId(const std::string& pod);
  Json inspectPod(const std::string& pod);  ///< Podman's document

  // Containers (engine/container.cc, container_start.cc, container_inspect.cc)
  /// With thenStart, for who is going to start it: its pod's sandbox, where that does not run, is
  /// started meanwhile. It is stopped again when no start follows.
  std::string createContainer(ContainerSpec spec, bool thenStart = false);
  void startContainer(const std::string& container);
  AttachedStart startAttached(const std::string& container, bool input);
  keeper::Attachment attach(const std::string& container, bool input);
  void stopContainer(const std::string& container, std::optional<unsigned> seconds);
  void restartContainer(const std::string& container, std::optional<unsigned> seconds);
  void killContainer(const std::string& container, int signal);
  void pauseContainer(const std::string& container);
  void unpauseContainer(const std::string& container);
  void removeContainer(const std::string& container, bool force, std::optional<unsigned> seconds);
  int waitContainer(const std::string& container);  ///< the exit code
  std::vector<ContainerSummary> listContainers();
  ContainerSummary containerSummary(const std::string& container);
  /// Reads all directories that the container has written to.
  ContainerSize containerSize(const ContainerSummary& container);
  Json inspectContainer(const std::string& container);  ///< Podman's document
  /// Published ports of the container's network (its pod's, where it shares that).
  std::vector<network::PublishedPort> ports(const std::string& container);
  /// Makes bridge, firewall rules and published ports of its network stand again, after somebody
  /// flushed them. Of a pod's pause process too. Error (in_use) where it does not run.
  void reloadNetwork(const std::string& container);

  // Inside a running container (engine/exec.cc, logs.cc, top.cc); these ask no keeper
  struct ExecRequest {
    std::vector<std::string> command, env;
    std::string user, workdir;
    bool tty = false, privileged = false;
    UniqueFd stdin_, stdout_, stderr_;
    const SealedSelf* seal = nullptr;  ///< as in runtime::LaunchOptions
  };
  /// The process started in the container; a child of this one.
  runtime::Started exec(const std::string& reference, ExecRequest request);
  /// `ps` of the container's processes: a header and rows. Descriptors are Podman's (user, pid,
  /// ppid, pcpu, etime, tty, time, args, ...); none: those Podman shows by default.
  std::vector<std::vector<std::string>> top(const std::string& container,
                                            const std::vector<std::string>& descriptors);
  std::vector<std::vector<std::string>> topPod(const std::string& pod,
                                               const std::vector<std::string>& descriptors);
  /// What runs at this moment: the containers that are named, or all; with `stopped` also those
  /// that do not run. Reads the kernel and asks nobody.
  std::vector<Usage> usage(const std::vector<std::string>& containers, bool stopped,
                           CgroupStats::Extent extent);
  /// Of each pod its running containers and then its total; all running pods where none is named.
  std::vector<Usage> podUsage(const std::vector<std::string>& pods, CgroupStats::Extent extent);
  /// The pod's cgroup and those below it.
  UsageTree usageTree(const std::string& pod);

  // Live change of limits (engine/update.cc): what the change does not name stays. All of it or
  // nothing takes effect, and it is kept for the next start. They return the full id.
  std::string updateContainer(const std::string& container, const Resources& asked);
  std::string updatePod(const std::string& pod, const Resources& asked);

  /// The container's log file ("k8s-file": TIMESTAMP STREAM F|P TEXT per line).
  Path logFile(const std::string& container);

  /// Facts of host and store, as Podman's `info` has them.
  Json info();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace engine
