#include "engine/update.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "base/rollback.h"
#include "engine/container_start.h"
#include "engine/io_limits.h"
#include "engine/reclaim.h"
#include "engine/resources.h"

namespace engine {

namespace {

constexpr std::uint64_t periodByDefault = 100'000, sharesByDefault = 1024, weightByDefault = 100;

template <typename T>
void take(std::optional<T>& value, const std::optional<T>& change) {
  if (change) {
    value = change;
  }
}

void take(std::string& value, const std::string& change) {
  if (!change.empty()) {
    value = change;
  }
}

void take(std::vector<DeviceLimit>& limits, const std::vector<DeviceLimit>& changes) {
  for (const DeviceLimit& change : changes) {
    std::erase_if(limits, [&](const DeviceLimit& one) { return one.device == change.device; });
    limits.push_back(change);
  }
}

bool namesCpuTime(const Resources& change) {
  return change.cpus || change.cpuQuota || change.cpuPeriod;
}

/// As many updates of one pod as there may be, one after the other: what the keeper has put in
/// force and what the registry says are then the same. Empty where nothing of it runs.
UniqueFd lockSandbox(const Context& context, const std::string& sandbox) {
  const Path directory = context.layout.sandbox(sandbox);
  UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd && errno != ENOENT) {
    throw systemError("opening ", directory.native());
  }
  if (fd && flock(fd.get(), LOCK_EX) != 0) {
    throw systemError("locking ", directory.native());
  }
  return fd;
}

/// What is changed, by its keeper's sandbox and, unless it is the pod itself, the container's id.
struct Subject {
  std::string sandbox, container;
  Resources before;
  bool running = false;
};

void change(Context& context, const Subject& subject, const Resources& change,
            const std::function<void()>& record) {
  const Resources merged = merge(subject.before, change);
  checkResources(merged);
  Rollback undo;
  auto client =
      subject.running ? keeper::Client::connect(context.layout, subject.sandbox) : std::nullopt;
  if (client) {
    client->update(subject.container, changedLimits(change, merged));
    undo.add([&] { client->update(subject.container, changedLimits(change, subject.before)); });
  }
  record();
  undo.commit();
}

}  // namespace

Resources merge(Resources resources, const Resources& change) {
  if (change.cpus) {
    resources.cpuQuota.reset();
    resources.cpuPeriod.reset();
  } else if (change.cpuQuota || change.cpuPeriod) {
    resources.cpus.reset();
  }
  take(resources.cpus, change.cpus);
  take(resources.cpuPeriod, change.cpuPeriod);
  take(resources.cpuQuota, change.cpuQuota);
  take(resources.cpuShares, change.cpuShares);
  take(resources.cpusetCpus, change.cpusetCpus);
  take(resources.cpusetMems, change.cpusetMems);
  take(resources.memory, change.memory);
  take(resources.memoryReservation, change.memoryReservation);
  take(resources.memorySwap, change.memorySwap);
  take(resources.pidsLimit, change.pidsLimit);
  take(resources.cpuRtPeriod, change.cpuRtPeriod);
  take(resources.cpuRtRuntime, change.cpuRtRuntime);
  take(resources.memorySwappiness, change.memorySwappiness);
  take(resources.blkioWeight, change.blkioWeight);
  take(resources.blkioWeightDevice, change.blkioWeightDevice);
  take(resources.readBps, change.readBps);
  take(resources.writeBps, change.writeBps);
  take(resources.readIops, change.readIops);
  take(resources.writeIops, change.writeIops);
  for (const auto& [file, value] : change.cgroupConf) {
    resources.cgroupConf[file] = value;
  }
  return resources;
}

CgroupLimits changedLimits(const Resources& change, const Resources& merged) {
  const CgroupLimits whole = cgroupLimits(merged);
  CgroupLimits limits;
  if (change.memory || change.memorySwap) {
    limits.memoryMax = whole.memoryMax.value_or(CgroupLimits::noLimit);
    limits.swapMax = whole.swapMax.value_or(CgroupLimits::noLimit);
  }
  if (change.memoryReservation) {
    limits.memoryLow = whole.memoryLow.value_or(CgroupLimits::noLimit);
  }
  if (namesCpuTime(change)) {
    limits.cpuQuota = whole.cpuQuota.value_or(CgroupLimits::noLimit);
    limits.cpuPeriod = whole.cpuPeriod.value_or(periodByDefault);
  }
  if (change.cpuShares) {
    limits.cpuShares = whole.cpuShares.value_or(sharesByDefault);
  }
  if (change.pidsLimit) {
    limits.pidsMax = whole.pidsMax.value_or(CgroupLimits::noLimit);
  }
  limits.cpusetCpus = change.cpusetCpus.empty() ? "" : whole.cpusetCpus;
  limits.cpusetMems = change.cpusetMems.empty() ? "" : whole.cpusetMems;
  limits.swappiness = change.memorySwappiness ? whole.swappiness : std::nullopt;
  limits.rtPeriod = change.cpuRtPeriod ? whole.rtPeriod : std::nullopt;
  limits.rtRuntime = change.cpuRtRuntime ? whole.rtRuntime : std::nullopt;
  if (change.blkioWeight) {
    limits.ioWeight = whole.ioWeight.value_or(weightByDefault);
  }
  limits.io = ioLimits(change);
  const std::vector<IoLimit> all = ioLimits(merged);
  for (IoLimit& limit : limits.io) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const IoLimit& one) {
      return one.key == limit.key && one.major == limit.major && one.minor == limit.minor;
    });
    limit.value = same == all.end() ? 0 : same->value;
  }
  for (const auto& [file, value] : change.cgroupConf) {
    if (const auto now = whole.files.find(file); now != whole.files.end()) {
      limits.files.insert(*now);
    }
  }
  return limits;
}

std::string Engine::updateContainer(const std::string& container, const Resources& asked) {
  Context& context = *state_;
  const ContainerRecord found = keptContainer(context, container);
  std::string id = found.id();
  const UniqueFd lock = lockSandbox(context, found.sandbox());
  const ContainerRecord record = context.container(id);
  within(cat("updating container ", record.row.name), [&] {
    if (record.spec.cgroups == "disabled") {
      refuse("it has no cgroup (--cgroups disabled)");
    }
    const Subject subject{record.sandbox(), id, record.spec.resources,
                          isRunning(stateOf(context, record))};
    change(context, subject, asked, [&] {
      context.registry.transaction([&] {
        ContainerRecord now = context.container(id);
        now.spec.resources = merge(now.spec.resources, asked);
        context.registry.updateContainer(id, now.row.name, toText(now.spec));
      });
    });
  });
  return id;
}

std::string Engine::updatePod(const std::string& pod, const Resources& asked) {
  Context& context = *state_;
  std::string id = context.pod(pod).id();
  const UniqueFd lock = lockSandbox(context, id);
  const PodRecord record = context.pod(id);
  within(cat("updating pod ", record.row.name), [&] {
    const bool running = keeper::readSandboxState(context.layout, id).has_value();
    change(context, {id, "", record.spec.resources, running}, asked, [&] {
      context.registry.transaction([&] {
        PodRecord now = context.pod(id);
        now.spec.resources = merge(now.spec.resources, asked);
        context.registry.updatePod(id, now.row.name, toText(now.spec));
      });
    });
  });
  return id;
}

}  // namespace engine
