#include <algorithm>

#include "base/id.h"
#include "base/json.h"
#include "engine/budget.h"
#include "engine/capabilities.h"
#include "engine/inspect.h"
#include "engine/name_files.h"
#include "engine/reclaim.h"
#include "engine/resources.h"
#include "engine/summary.h"
#include "keeper/budget_watch.h"
#include "network/lease.h"

namespace engine {

using Source = NamespaceMode::Source;

namespace {

std::string podmanStatus(const keeper::ContainerState& state) {
  return state.status == "stopping" ? "stopping" : state.status;
}

/// On v1 nobody wakes the keeper for a refused fork, so what runs is looked at.
void addRefusedForks(const Cgroup& cgroup, keeper::ContainerState& state) {
  try {
    if (state.pidsLimit.empty()) {
      state.pidsRefused = cgroup.pidsRefused();
      state.pidsLimit = keeper::pidsLimitReached(cgroup);
    }
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): it has just ended
  }
}

Json stateDocument(const keeper::ContainerState& state, const std::string& cgroup) {
  return {{"OciVersion", oci::RuntimeSpec{}.ociVersion},
          {"Status", podmanStatus(state)},
          {"Running", state.status == "running" || state.status == "stopping"},
          {"Paused", state.status == "paused"},
          {"Restarting", false},
          {"OOMKilled", state.oomKilled},
          {"OOMKilledBy", state.oomLimit},
          {"OOMKills", state.oomKills},
          {"PidsLimitReached", state.pidsLimit},
          {"ForksRefused", state.pidsRefused},
          {"Dead", false},
          {"Pid", isRunning(state) ? state.pid : 0},
          {"ExitCode", state.exitCode},
          {"Error", state.error},
          {"StartedAt", timeText(state.startedAt)},
          {"FinishedAt", timeText(state.finishedAt)},
          {"Health", {{"Status", ""}, {"FailingStreak", 0}, {"Log", nullptr}}},
          {"CgroupPath", cgroup}};
}

std::string unmasked(const std::string& text) {
  return text.empty() ? "0022" : text;
}

Json configDocument(const ContainerRecord& container, const oci::Process& process,
                    const std::string& hostname) {
  const ContainerSpec& spec = container.spec;
  const std::vector<std::string> entrypoint = spec.entrypoint.value_or(std::vector<std::string>{});
  return {{"Hostname", hostname},
          {"Domainname", ""},
          {"User", spec.user},
          {"AttachStdin", false},
          {"AttachStdout", false},
          {"AttachStderr", false},
          {"Tty", spec.tty},
          {"OpenStdin", spec.stdinOpen},
          {"StdinOnce", false},
          {"Env", process.env},
          {"Cmd", spec.command},
          {"Image", spec.image},
          {"Volumes", nullptr},
          {"WorkingDir", process.cwd},
          {"Entrypoint", join(entrypoint, " ")},
          {"OnBuild", nullptr},
          {"Labels", spec.labels},
          {"Annotations", spec.annotations},
          {"StopSignal", stopSignalOf(spec)},
          {"CreateCommand", listOrNull(spec.createCommand)},
          {"Umask", unmasked(spec.umask)},
          {"Timeout", 0},
          {"StopTimeout", spec.stopTimeout},
          {"Passwd", true}};
}

Json mountsDocument(const ContainerSpec& spec, const PodRecord* pod) {
  Json list = Json::array();
  for (const Mount& mount : pod == nullptr ? std::vector<Mount>{} : pod->spec.mounts) {
    list.push_back(mountDocument(mount));
  }
  for (const Mount& mount : spec.mounts) {
    if (mount.type == "bind") {
      list.push_back(mountDocument(mount));
    }
  }
  return list;
}

Json dependencies(const ContainerSpec& spec, const PodRecord* pod) {
  Json ids = Json::array();
  if (pod != nullptr && pod->spec.infra) {
    ids.push_back(infraId(pod->id()));
  }
  for (const std::string& id : joinedContainers(spec.namespaces)) {
    ids.push_back(id);
  }
  return ids;
}

Json graphDriver(Context& context, const ContainerRecord& container) {
  std::vector<std::string> lower;
  if (const auto image = context.images.find(container.row.image)) {
    for (const Path& layer : image->layers) {
      lower.insert(lower.begin(), layer.native());
    }
  }
  const Path directory = context.layout.container(container.id());
  return {{"Name", "overlay"},
          {"Data",
           {{"LowerDir", join(lower, ":")},
            {"UpperDir", (directory / "upper").native()},
            {"WorkDir", (directory / "work").native()}}}};
}

/// The address that the container has by its own network namespace or the pod's.
std::optional<network::Lease> leaseOf(Context& context, const ContainerRecord& container,
                                      const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(NamespaceKind::net, container.spec, pod);
  if (mode.source == Source::pod) {
    return network::findLease(context.registry, context.bridge(), pod->id());
  }
  return mode.source == Source::own
             ? network::findLease(context.registry, context.bridge(), container.id())
             : std::nullopt;
}

oci::Process processOf(Context& context, const ContainerRecord& container, const PodRecord* pod) {
  SpecInput input{.spec = container.spec};
  input.pod = pod;
  input.hostname = hostnameOf(context, container, pod);
  return buildProcess(input);
}

/// Of a pod's pause process, which has no root file system, image or log of its own.
Json infraDocument(Context& context, const LivePod& pod) {
  const ContainerSummary summary = summarizeInfra(pod);
  const bool running = isRunning(summary.state);
  return {{"Id", summary.id},
          {"Created", formatTime(summary.created)},
          {"Path", "/pause"},
          {"Args", Json::array()},
          {"State",
           stateDocument(summary.state, running ? podCgroup(summary.pod, pod.record.spec) : "")},
          {"Image", ""},
          {"ImageName", summary.image},
          {"Pod", summary.pod},
          {"Name", summary.name},
          {"RestartCount", 0},
          {"Mounts", Json::array()},
          {"NetworkSettings",
           networkSettings(network::findLease(context.registry, context.bridge(), summary.pod),
                           summary.ports, summary.networks,
                           running ? namespacePath(summary.state.pid, NamespaceKind::net) : "")},
          {"Namespace", ""},
          {"IsInfra", true}};
}

void addPaths(Json& document, const Context& context, const ContainerRecord& container) {
  const Path directory = context.layout.container(container.id());
  document["StaticDir"] = directory.native();
  document["OCIConfigPath"] = (directory / "config.json").native();
  document["OCIRuntime"] = "peapod";
  document["PidFile"] = container.spec.pidFile;
  document["Name"] = container.row.name;
}

}  // namespace

Json Engine::inspectContainer(const std::string& container) {
  Context& context = *state_;
  if (std::optional<PodRecord> pod = context.podOfInfra(container)) {
    return infraDocument(context, livePod(context, std::move(*pod)));
  }
  const ContainerRecord record = keptContainer(context, container);
  const std::optional<PodRecord> podRecord = context.podOf(record);
  const PodRecord* pod = podRecord ? &*podRecord : nullptr;
  const std::optional<LivePod> live =
      pod == nullptr ? std::nullopt : std::optional(livePod(context, *pod));
  ContainerSummary summary = summarize(context, record, live ? &*live : nullptr);
  const oci::Process process = processOf(context, record, pod);
  const std::string cgroup = containerCgroup(record.id(), record.spec, record.row.pod,
                                             pod == nullptr ? nullptr : &pod->spec);
  const auto image = context.images.find(record.row.image);
  if (isRunning(summary.state) && !cgroup.empty()) {
    addRefusedForks(*context.cgroups().open(cgroup), summary.state);
  }

  Json document{{"Id", record.id()},
                {"Created", formatTime(summary.created)},
                {"Path", process.args.front()},
                {"Args", std::vector(process.args.begin() + 1, process.args.end())},
                {"State", stateDocument(summary.state, isRunning(summary.state) ? cgroup : "")},
                {"Image", record.row.image},
                {"ImageDigest", image ? image->digest : ""},
                {"ImageName", record.spec.image},
                {"Rootfs", ""},
                {"Pod", record.row.pod}};
  addPaths(document, context, record);
  document["RestartCount"] = summary.state.restarts;
  document["Driver"] = "overlay";
  document["EffectiveCaps"] = listOrNull(process.capabilities->effective);
  document["BoundingCaps"] = listOrNull(process.capabilities->bounding);
  document["ExecIDs"] = Json::array();
  document["GraphDriver"] = graphDriver(context, record);
  document["Mounts"] = mountsDocument(record.spec, pod);
  document["Dependencies"] = dependencies(record.spec, pod);
  document["NetworkSettings"] = networkSettings(
      leaseOf(context, record, pod), summary.ports, summary.networks,
      isRunning(summary.state) ? namespacePath(summary.state.pid, NamespaceKind::net) : "");
  document["Namespace"] = "";
  document["IsInfra"] = false;
  document["Config"] = configDocument(record, process, hostnameOf(context, record, pod));
  const bool logs = record.spec.logDriver != "none";
  document["HostConfig"] =
      hostConfig(record, pod, logs ? logFile(record.id()) : Path(), summary.ports);
  document["Budget"] = isRunning(summary.state) && !cgroup.empty()
                           ? budgetDocument(*context.cgroups().open(cgroup))
                           : Json();
  return document;
}

}  // namespace engine
