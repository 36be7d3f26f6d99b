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

constexpr std::uint64_t periodByDefault = 100'000;

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
  /// Changes the resources in the registry.
  std::function<void(const std::function<Resources(const Resources&)>&)> record;
};

/// It is recorded first: who starts at the same time looks into the registry when it has started
/// (applyMissedUpdate), so that one of the two finds what the other one did.
void change(Context& context, const Subject& subject, const Resources& change) {
  const Resources merged = merge(subject.before, change);
  checkResources(merged);
  if (change.memorySwappiness.value_or(0) < 0) {
    refuse("--memory-swappiness -1 is for what is new: give a number from 0 to 100");
  }
  const CgroupLimits limits = changedLimits(change, merged);
  Rollback undo;
  subject.record([&](const Resources& now) { return merge(now, change); });
  undo.add([&] { subject.record([&](const Resources&) { return subject.before; }); });
  if (auto client = keeper::Client::connect(context.layout, subject.sandbox)) {
    client->update(subject.container, limits);
  }
  undo.commit();
}

void applyMissed(Context& context, const std::string& sandbox, const std::string& container,
                 const Resources& before, const Resources& now) {
  if (before == now) {
    return;
  }
  within("changing its limits as was asked for while it started", [&] {
    if (auto client = keeper::Client::connect(context.layout, sandbox)) {
      client->update(container, changedLimits(merge(before, now), now));
    }
  });
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
  for (const auto& [size, value] : change.hugetlb) {
    resources.hugetlb[size] = value;
  }
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
    limits.swapImplied = whole.swapImplied;
  }
  if (change.memoryReservation) {
    limits.memoryLow = whole.memoryLow.value_or(CgroupLimits::noLimit);
  }
  if (namesCpuTime(change)) {
    limits.cpuQuota = whole.cpuQuota.value_or(CgroupLimits::noLimit);
    limits.cpuPeriod = whole.cpuPeriod.value_or(periodByDefault);
  }
  if (change.cpuShares) {
    limits.cpuShares = whole.cpuShares.value_or(0);
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
    limits.ioWeight = whole.ioWeight.value_or(0);
  }
  for (const auto& [size, value] : change.hugetlb) {
    const auto now = whole.hugetlb.find(size);
    limits.hugetlb[size] = now == whole.hugetlb.end() ? CgroupLimits::noLimit : now->second;
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

void applyMissedUpdate(Context& context, const ContainerRecord& started) {
  const auto row = context.registry.findContainer(started.id());
  if (row && row->spec != started.row.spec) {
    applyMissed(context, started.sandbox(), started.id(), started.spec.resources,
                read(*row).spec.resources);
  }
}

void applyMissedUpdate(Context& context, const PodRecord& started) {
  const auto row = context.registry.findPod(started.id());
  if (row && row->spec != started.row.spec) {
    applyMissed(context, started.id(), "", started.spec.resources, read(*row).spec.resources);
  }
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
    change(context,
           {record.sandbox(), id, record.spec.resources,
            [&](const auto& changed) {
              context.registry.transaction([&] {
                ContainerRecord now = context.container(id);
                now.spec.resources = changed(now.spec.resources);
                context.registry.updateContainer(id, now.row.name, toText(now.spec));
              });
            }},
           asked);
  });
  return id;
}

std::string Engine::updatePod(const std::string& pod, const Resources& asked) {
  Context& context = *state_;
  std::string id = context.pod(pod).id();
  const UniqueFd lock = lockSandbox(context, id);
  const PodRecord record = context.pod(id);
  within(cat("updating pod ", record.row.name), [&] {
    change(context,
           {id, "", record.spec.resources,
            [&](const auto& changed) {
              context.registry.transaction([&] {
                PodRecord now = context.pod(id);
                now.spec.resources = changed(now.spec.resources);
                context.registry.updatePod(id, now.row.name, toText(now.spec));
              });
            }},
           asked);
  });
  return id;
}

}  // namespace engine
