#include "engine/usage.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>

#include "engine/meminfo.h"
#include "engine/namespaces.h"
#include "engine/network_bytes.h"
#include "engine/reclaim.h"
#include "engine/resources.h"

namespace engine {

using std::chrono::nanoseconds;

namespace {

/// What a sample is taken of.
struct SampleSource {
  Usage usage;         ///< without what is read from the kernel
  std::string cgroup;  ///< empty: it has none, or does not run
  pid_t process = 0;   ///< in the cgroup; 0: none is known
  pid_t network = 0;   ///< a process in its network namespace; 0: it does not run
  std::uint64_t cpuBefore = 0, cpuSystemBefore = 0;  ///< of its cgroup before it was started
};

void readCgroup(const CgroupLayout& cgroups, CgroupStats::Extent extent, SampleSource& source) {
  Usage& usage = source.usage;
  try {
    usage.stats = cgroups.open(source.cgroup)->stats(extent, source.process);
  } catch (const Error& error) {
    if (error.code() != ENODEV) {  // it has ended since its state was read
      throw;
    }
  }
  usage.at = now().time_since_epoch();
  usage.stats.cpuUsec -= std::min(usage.stats.cpuUsec, source.cpuBefore);
  usage.stats.cpuSystemUsec -= std::min(usage.stats.cpuSystemUsec, source.cpuSystemBefore);
}

/// What is read once for many containers.
class UsageReader {
 public:
  /// `work`: reads the kernel's files.
  UsageReader(Context& context, SharedWork& work, CgroupStats::Extent extent)
      : context_(context), work_(work), extent_(extent) {
    work_.add([this] { memory_ = memoryField(readFile("/proc/meminfo"), "MemTotal"); });
  }
  UsageReader(const UsageReader&) = delete;
  UsageReader& operator=(const UsageReader&) = delete;
  ~UsageReader() { work_.drop(); }

  /// Looks up all pods at once.
  void lookUpPods(std::vector<store::PodRow> rows) {
    for (store::PodRow& row : rows) {
      add(engine::read(std::move(row)));
    }
  }

  /// Not running where its state says so.
  SampleSource container(const ContainerRecord& record) {
    const Pod* pod = record.row.pod.empty() ? nullptr : &podOf(record.row.pod);
    SampleSource source;
    Usage& usage = source.usage;
    usage.id = record.id();
    usage.name = record.row.name;
    usage.pod = record.row.pod;
    usage.podName = pod == nullptr ? "" : pod->record.row.name;
    const keeper::ContainerState state = stateOf(context_, record);
    usage.running = isRunning(state);
    if (usage.running) {
      usage.started = nanoseconds(state.startedAt);
      source.cgroup = containerCgroup(record.id(), record.spec, record.row.pod,
                                      pod == nullptr ? nullptr : &pod->record.spec);
      source.process = state.pid;
      source.cpuBefore = state.cpuBefore;
      source.cpuSystemBefore = state.cpuSystemBefore;
      const bool podNetwork =
          pod != nullptr && effectiveMode(NamespaceKind::net, record.spec, &pod->record).source ==
                                NamespaceMode::Source::pod;
      source.network = podNetwork ? pod->pause() : state.pid;
    }
    return source;
  }

  /// The pod as a whole.
  SampleSource podTotal(const std::string& id) {
    const Pod& pod = podOf(id);
    SampleSource source;
    Usage& usage = source.usage;
    usage.id = usage.pod = id;
    usage.name = usage.podName = pod.record.row.name;
    usage.total = true;
    usage.running = pod.sandbox.has_value();
    if (usage.running) {
      usage.started = nanoseconds(pod.sandbox->startedAt);
      source.cgroup = podCgroup(id, pod.record.spec);
      source.network = pod.pause();
    }
    return source;
  }

  /// Begins to read what the kernel has of it.
  void begin(SampleSource source) {
    SampleSource& begun = begun_.emplace_back(std::move(source));
    if (!begun.cgroup.empty()) {
      work_.add([&cgroups = context_.cgroups(), extent = extent_, &begun] {
        readCgroup(cgroups, extent, begun);
      });
    }
    const auto [place, isNew] = networks_.emplace(begun.network, NetworkBytes{});
    if (isNew && begun.network != 0) {
      work_.add([&network = *place] { network.second = networkBytes(network.first); });
    }
  }

  /// All that was begun, in the same order.
  std::vector<Usage> samples() {
    work_.finish();
    std::vector<Usage> all;
    for (SampleSource& source : begun_) {
      const NetworkBytes& bytes = networks_[source.network];
      if (source.usage.running) {
        source.usage.memoryLimit =
            std::min(memory_, source.usage.stats.memoryMax.value_or(memory_));
      }
      source.usage.networkIn = bytes.in;
      source.usage.networkOut = bytes.out;
      all.push_back(std::move(source.usage));
    }
    return all;
  }

 private:
  struct Pod {
    PodRecord record;
    std::optional<keeper::SandboxState> sandbox;

    pid_t pause() const { return sandbox ? sandbox->pause : 0; }
  };

  const Pod& add(PodRecord record) {
    const std::string id = record.id();
    Pod pod{std::move(record), keeper::readSandboxState(context_.layout, id)};
    return pods_.emplace(id, std::move(pod)).first->second;
  }

  const Pod& podOf(const std::string& id) {
    const auto known = pods_.find(id);
    return known == pods_.end() ? add(context_.pod(id)) : known->second;
  }

  Context& context_;
  SharedWork& work_;
  CgroupStats::Extent extent_;
  std::deque<SampleSource> begun_;
  std::map<pid_t, NetworkBytes> networks_;  ///< once for each namespace
  std::uint64_t memory_ = 0;                ///< of the machine
  std::map<std::string, Pod> pods_;
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

}  // namespace

double cpuPercent(const Usage& now, const Usage* before) {
  // After a restart, or in another cgroup of the same name, the count has begun anew.
  const bool since = before != nullptr && before->stats.cpuUsec <= now.stats.cpuUsec;
  const auto from = since ? before->at : now.started;
  const std::uint64_t used = now.stats.cpuUsec - (since ? before->stats.cpuUsec : 0);
  const auto elapsed = std::chrono::duration<double, std::micro>(now.at - from).count();
  return elapsed > 0 ? static_cast<double>(used) / elapsed * 100 : 0;
}

std::vector<Usage> Engine::usage(const std::vector<std::string>& containers, bool stopped,
                                 CgroupStats::Extent extent) {
  const auto listing = state_->takeListing();
  UsageReader reader(*state_, listing->work, extent);
  if (!containers.empty()) {
    std::vector<ContainerRecord> records;
    for (const std::string& name : containers) {
      records.push_back(keptContainer(*state_, name));
    }
    for (const ContainerRecord& record : records) {
      SampleSource source = reader.container(record);
      if (!source.usage.running && !stopped) {
        throw Error(ErrorKind::in_use, cat("stats of container ", record.row.name,
                                           ": it is not running (--all shows it, too)"));
      }
      reader.begin(std::move(source));
    }
    return reader.samples();
  }
  std::vector<store::PodRow> podRows = state_->registry.pods();
  std::vector<store::ContainerRow> containerRows = state_->registry.containers();
  listing->work.finish();  // with what was begun before the registry was opened
  if (!listing->shortcuts) {
    listing->shortcuts.emplace(state_->usualCgroups());
  }
  reader.lookUpPods(std::move(podRows));
  for (store::ContainerRow& row : containerRows) {
    const ContainerRecord record = read(std::move(row));
    SampleSource source = reader.container(record);
    if (!source.usage.running && record.spec.remove) {
      listing->work.finish();  // reclaim() may clone a child
      if (reclaim(*state_, record)) {
        continue;
      }
    }
    if (source.usage.running || stopped) {
      reader.begin(std::move(source));
    }
  }
  return reader.samples();
}

UsageTree Engine::usageTree(const std::string& pod) {
  const PodRecord record = state_->pod(pod);
  SharedWork work;
  UsageReader reader(*state_, work, CgroupStats::Extent::whole);
  std::vector<std::string> paths;
  const auto begin = [&](SampleSource source) {
    paths.push_back(source.cgroup);
    reader.begin(std::move(source));
  };
  SampleSource total = reader.podTotal(record.id());
  if (!total.usage.running) {
    throw Error(ErrorKind::in_use,
                cat("cgroup tree of pod ", record.row.name, ": it does not run"));
  }
  const std::vector<ContainerRecord> containers = keptContainersOf(*state_, record.id());
  begin(std::move(total));
  for (const ContainerRecord& container : containers) {
    SampleSource source = reader.container(container);
    if (source.cgroup.starts_with(paths.front() + "/")) {
      begin(std::move(source));
    }
  }
  const std::vector<Usage> usages = reader.samples();
  UsageTree tree = nodeOf(*state_, usages.front(), paths.front());
  for (std::size_t at = 1; at < usages.size(); ++at) {
    tree.children.push_back(nodeOf(*state_, usages[at], paths[at]));
  }
  return tree;
}

std::vector<Usage> Engine::podUsage(const std::vector<std::string>& pods,
                                    CgroupStats::Extent extent) {
  const auto listing = state_->takeListing();
  UsageReader reader(*state_, listing->work, extent);
  std::vector<std::string> ids;
  for (const std::string& name : pods) {
    ids.push_back(state_->pod(name).id());
  }
  if (pods.empty()) {
    for (const store::PodRow& row : state_->registry.pods()) {
      ids.push_back(row.id);
    }
  }
  std::vector<SampleSource> sources;
  for (const std::string& id : ids) {
    SampleSource total = reader.podTotal(id);
    if (!total.usage.running) {
      continue;
    }
    for (const ContainerRecord& record : keptContainersOf(*state_, id)) {
      SampleSource source = reader.container(record);
      if (source.usage.running) {
        sources.push_back(std::move(source));
      }
    }
    sources.push_back(std::move(total));
  }
  // Not before all are found, as keptContainersOf() may clone a child.
  for (SampleSource& source : sources) {
    reader.begin(std::move(source));
  }
  return reader.samples();
}

}  // namespace engine
