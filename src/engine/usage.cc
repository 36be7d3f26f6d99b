#include "engine/usage.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "engine/meminfo.h"
#include "engine/namespaces.h"
#include "engine/network_bytes.h"
#include "engine/reclaim.h"
#include "engine/resources.h"

namespace engine {

using std::chrono::nanoseconds;

namespace {

/// What is read once for many containers.
class UsageReader {
 public:
  explicit UsageReader(Context& context) : context_(context) {}

  /// Nothing where it does not run.
  std::optional<Usage> container(const ContainerRecord& record) {
    const keeper::ContainerState state = stateOf(context_, record);
    if (!isRunning(state)) {
      return std::nullopt;
    }
    const Pod* pod = record.row.pod.empty() ? nullptr : &podOf(record.row.pod);
    Usage usage = named(record, pod);
    usage.running = true;
    usage.started = nanoseconds(state.startedAt);
    const std::string cgroup = containerCgroup(record.id(), record.spec, record.row.pod,
                                               pod == nullptr ? nullptr : &pod->record.spec);
    usage.memoryLimit = memory_;
    if (!cgroup.empty()) {
      sample(cgroup, usage);
      usage.stats.cpuUsec -= std::min(usage.stats.cpuUsec, state.cpuBefore);
      usage.stats.cpuSystemUsec -= std::min(usage.stats.cpuSystemUsec, state.cpuSystemBefore);
    }
    if (pod != nullptr && pod->record.spec.shareParent) {
      usage.memoryLimit = std::min(usage.memoryLimit, pod->memoryLimit);
    }
    const bool podNetwork =
        pod != nullptr && effectiveMode(NamespaceKind::net, record.spec, &pod->record).source ==
                              NamespaceMode::Source::pod;
    addNetwork(podNetwork ? pod->pause : state.pid, usage);
    return usage;
  }

  Usage stopped(const ContainerRecord& record) {
    return named(record, record.row.pod.empty() ? nullptr : &podOf(record.row.pod));
  }

  /// The pod as a whole; nothing where it does not run.
  std::optional<Usage> podTotal(const std::string& id) {
    const Pod& pod = podOf(id);
    if (!pod.sandbox) {
      return std::nullopt;
    }
    Usage usage;
    usage.id = usage.pod = id;
    usage.name = usage.podName = pod.record.row.name;
    usage.total = usage.running = true;
    usage.started = nanoseconds(pod.sandbox->startedAt);
    usage.memoryLimit = memory_;
    sample(podCgroup(id, pod.record.spec), usage);
    addNetwork(pod.pause, usage);
    return usage;
  }

 private:
  struct Pod {
    PodRecord record;
    std::optional<keeper::SandboxState> sandbox;
    pid_t pause = 0;
    std::uint64_t memoryLimit = 0;
  };

  const Pod& podOf(const std::string& id) {
    const auto known = pods_.find(id);
    if (known != pods_.end()) {
      return known->second;
    }
    Pod pod{context_.pod(id), keeper::readSandboxState(context_.layout, id), 0, memory_};
    if (pod.sandbox) {
      pod.pause = pod.sandbox->pause;
      const auto max = cgroup(podCgroup(id, pod.record.spec))->limits().memoryMax;
      pod.memoryLimit = max ? static_cast<std::uint64_t>(*max) : memory_;
    }
    return pods_.emplace(id, std::move(pod)).first->second;
  }

  static Usage named(const ContainerRecord& record, const Pod* pod) {
    Usage usage;
    usage.id = record.id();
    usage.name = record.row.name;
    usage.pod = record.row.pod;
    usage.podName = pod == nullptr ? "" : pod->record.row.name;
    return usage;
  }

  std::unique_ptr<Cgroup> cgroup(const std::string& path) { return context_.cgroups().open(path); }

  void sample(const std::string& path, Usage& usage) {
    try {
      usage.stats = cgroup(path)->stats();
    } catch (const Error& error) {
      if (error.code() != ENODEV) {  // it has ended since its state was read
        throw;
      }
    }
    usage.at = now().time_since_epoch();
    usage.memoryLimit = std::min(usage.memoryLimit, usage.stats.memoryMax.value_or(memory_));
  }

  /// One reading for all processes of one network namespace.
  void addNetwork(pid_t pid, Usage& usage) {
    auto known = networks_.find(pid);
    if (known == networks_.end()) {
      known = networks_.emplace(pid, networkBytes(pid)).first;
    }
    usage.networkIn = known->second.in;
    usage.networkOut = known->second.out;
  }

  Context& context_;
  std::uint64_t memory_ = memoryField(readFile("/proc/meminfo"), "MemTotal");
  std::map<std::string, Pod> pods_;
  std::map<pid_t, NetworkBytes> networks_;
};

UsageTree nodeOf(Context& context, const Usage& usage, const std::string& path) {
  const auto cgroup = context.cgroups().open(path);
  return {.name = usage.name,
          .path = path,
          .stats = usage.stats,
          .limits = cgroup->limits(),
          .cpuPercent = cpuPercent(usage, nullptr),
          .cpu = cgroup->pressure("cpu"),
          .memory = cgroup->pressure("memory"),
          .io = cgroup->pressure("io"),
          .children = {}};
}

std::vector<ContainerRecord> allContainers(Context& context) {
  std::vector<ContainerRecord> records;
  for (store::ContainerRow& row : context.registry.containers()) {
    ContainerRecord record = read(std::move(row));
    if (!reclaim(context, record)) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

void requireRuns(const ContainerRecord& record, const std::optional<Usage>& usage) {
  if (!usage) {
    throw Error(ErrorKind::in_use, cat("stats of container ", record.row.name,
                                       ": it is not running (--all shows it, too)"));
  }
}

}  // namespace

double cpuPercent(const Usage& now, const Usage* before) {
  // After a restart, or in another cgroup of the same name, the count has begun anew.
  const bool since = before != nullptr && before->stats.cpuUsec <= now.stats.cpuUsec;
  const auto from = since ? before->at : now.started;
  const std::uint64_t used = now.stats.cpuUsec - (since ? before->stats.cpuUsec : 0);
  const auto elapsed = std::chrono::duration<double, std::micro>(now.at - from).count();
  return elapsed > 0 ? static_cast<double>(used) / elapsed * 100 : 0;
}

std::vector<Usage> Engine::usage(const std::vector<std::string>& containers, bool stopped) {
  const keeper::KeepersFound found;
  UsageReader reader(*state_);
  std::vector<ContainerRecord> records;
  for (const std::string& name : containers) {
    records.push_back(keptContainer(*state_, name));
  }
  if (containers.empty()) {
    records = allContainers(*state_);
  }
  std::vector<Usage> all;
  for (const ContainerRecord& record : records) {
    std::optional<Usage> usage = reader.container(record);
    if (!usage && stopped) {
      usage = reader.stopped(record);
    } else if (!containers.empty()) {
      requireRuns(record, usage);
    }
    if (usage) {
      all.push_back(std::move(*usage));
    }
  }
  return all;
}

UsageTree Engine::usageTree(const std::string& pod) {
  const PodRecord record = state_->pod(pod);
  UsageReader reader(*state_);
  const std::optional<Usage> total = reader.podTotal(record.id());
  if (!total) {
    throw Error(ErrorKind::in_use,
                cat("cgroup tree of pod ", record.row.name, ": it does not run"));
  }
  UsageTree tree = nodeOf(*state_, *total, podCgroup(record.id(), record.spec));
  for (const ContainerRecord& container : keptContainersOf(*state_, record.id())) {
    const std::string path =
        containerCgroup(container.id(), container.spec, record.id(), &record.spec);
    const std::optional<Usage> usage = reader.container(container);
    if (usage && path.starts_with(tree.path + "/")) {
      tree.children.push_back(nodeOf(*state_, *usage, path));
    }
  }
  return tree;
}

std::vector<Usage> Engine::podUsage(const std::vector<std::string>& pods) {
  const keeper::KeepersFound found;
  UsageReader reader(*state_);
  std::vector<std::string> ids;
  for (const std::string& name : pods) {
    ids.push_back(state_->pod(name).id());
  }
  if (pods.empty()) {
    for (const store::PodRow& row : state_->registry.pods()) {
      ids.push_back(row.id);
    }
  }
  std::vector<Usage> all;
  for (const std::string& id : ids) {
    std::optional<Usage> total = reader.podTotal(id);
    if (!total) {
      continue;
    }
    for (const ContainerRecord& record : keptContainersOf(*state_, id)) {
      if (std::optional<Usage> usage = reader.container(record)) {
        all.push_back(std::move(*usage));
      }
    }
    all.push_back(std::move(*total));
  }
  return all;
}

}  // namespace engine
