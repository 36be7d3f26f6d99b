#include "keeper/remains.h"

#include <csignal>

#include "base/json.h"
#include "base/time.h"
#include "keeper/diary.h"
#include "keeper/events.h"
#include "keeper/shared_levels.h"
#include "keeper/state.h"
#include "kernel/pidfd.h"

namespace keeper {
namespace {

void endCgroup(const CgroupLayout& cgroups, const std::string& path) {
  if (!path.empty()) {
    attempt("ending a cgroup", [&] {
      const auto cgroup = cgroups.open(path);
      cgroup->kill();
      cgroup->remove();
    });
  }
}

void endProcess(pid_t pid, std::uint64_t startTime) {
  if (pid > 0 && startTimeOf(pid) == startTime) {
    attempt("ending a process", [&] {
      const UniqueFd pidfd = openPidfd(pid);
      // The pid may be another process's by now; what the descriptor is of cannot change any more.
      if (startTimeOf(pid) == startTime) {
        signalProcess(pidfd.get(), SIGKILL);
      }
    });
  }
}

/// `pod` is empty outside pods.
void clearContainer(const Layout& layout, const CgroupLayout& cgroups,
                    const ContainerConfig& config, const std::string& pod) {
  auto state = readStateFile(layout, config.id).value_or(ContainerState{});
  endProcess(state.pid, state.startTime);
  endCgroup(cgroups, config.cgroup);
  if (config.network && !config.network->ports.empty()) {
    attempt("unpublishing ports", [&] { network::unpublish(config.network->ports); });
  }
  if (state.status != "created") {
    if (state.pid > 0) {
      Event event = containerEvent("died", config.id, config.name, config.image, pod);
      event.exitCode = -1;
      record(layout, event);
    }
    state.status = "exited";
    state.pid = 0;
    state.exitCode = -1;
    state.finishedAt = now().time_since_epoch().count();
    state.error = "its keeper died; what was left of it has been ended";
    attempt("writing a container's last state", [&] { writeExit(layout, config.id, state); });
  }
}

}  // namespace

std::vector<LeftContainer> leftContainers(const Layout& layout, const std::string& sandbox) {
  std::vector<LeftContainer> out;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(layout.sandbox(sandbox), gone)) {
    if (entry.path().extension() != ".container") {
      continue;
    }
    attempt("reading what a dead keeper left", [&] {
      const Json json = parseJson(readFile(entry.path()), entry.path().native());
      LeftContainer container;
      from_json(json, container.config);
      readMember(json, "row", container.row);
      out.push_back(std::move(container));
    });
  }
  return out;
}

bool canBeTakenOver(const Layout& layout, const std::string& sandbox) {
  const auto record = readSandboxRecord(layout, sandbox);
  return record && record->state.pause > 0 &&
         startTimeOf(record->state.pause) == record->pauseStartTime;
}

void clearRemains(const Layout& layout, const std::string& sandbox) {
  const auto record = readSandboxRecord(layout, sandbox);
  const auto containers = leftContainers(layout, sandbox);
  if (record || !containers.empty()) {
    note(cat("the keeper of ", sandbox, " had died; ending what it left"));
  }
  if (record) {
    endProcess(record->state.pause, record->pauseStartTime);
  }
  const bool isPod = record && record->state.pause > 0;
  const CgroupLayout cgroups = CgroupLayout::detect();
  for (const LeftContainer& container : containers) {
    clearContainer(layout, cgroups, container.config, isPod ? sandbox : "");
    removeContainerConfig(layout, sandbox, container.config);
  }
  if (const auto text = readFileIfExists(sandboxConfigPath(layout, sandbox))) {
    const auto config = parseJson(*text, "sandbox.json").get<SandboxConfig>();
    if (!config.cgroup.empty()) {
      endCgroup(cgroups, config.cgroup);
      removeCgroup(cgroups, config);
    }
  }
  if (record && !record->state.ports.empty()) {
    attempt("unpublishing ports", [&] { network::unpublish(record->state.ports); });
  }
  unlink(sandboxStatePath(layout, sandbox).c_str());
}

}  // namespace keeper
