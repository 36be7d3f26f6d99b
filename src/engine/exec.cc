#include "base/text.h"
#include "engine/capabilities.h"
#include "engine/container_start.h"
#include "engine/resources.h"
#include "engine/spec_builder.h"
#include "keeper/state.h"
#include "runtime/launch.h"

namespace engine {

namespace {

/// A container that a process can enter, as its keeper has launched it.
struct Entrance {
  keeper::ContainerConfig container;
  pid_t pid = 0;  ///< of its first process
};

std::optional<Entrance> findEntrance(const Context& context, const std::string& reference) {
  auto config = keeper::findContainerConfig(context.layout, reference);
  const auto state = config ? keeper::readState(context.layout, config->id)
                            : std::optional<keeper::ContainerState>();
  if (!state || (state->status != "running" && state->status != "stopping")) {
    return std::nullopt;
  }
  return Entrance{std::move(*config), state->pid};
}

/// Error (in_use) where the container does not run.
Entrance entranceOf(const Context& context, const std::string& reference) {
  // A container that runs is found without the registry, to open which takes longer than this.
  auto entrance = findEntrance(context, reference);
  if (!entrance) {
    const ContainerRecord record = context.container(reference);
    entrance = findEntrance(context, record.id());
    if (!entrance) {
      throw Error(ErrorKind::in_use,
                  cat("can only create exec sessions on running containers: ", record.row.name,
                      " is ", stateOf(context, record).status, ": container state improper"));
    }
  }
  return std::move(*entrance);
}

/// The process part of the container's specification with what the request changes.
void change(oci::Process& process, const Engine::ExecRequest& request) {
  process.args = request.command;
  process.terminal = request.tty;
  if (request.tty) {
    process.env = mergeEnv({"TERM=xterm"}, process.env);
  }
  process.env = mergeEnv(std::move(process.env), request.env);
  if (!request.workdir.empty()) {
    process.cwd = request.workdir;
  }
}

/// Capabilities go by the user, and by what the container was asked to have.
void changeRights(oci::Process& process, const ContainerSpec& spec,
                  const Engine::ExecRequest& request) {
  const std::string& user = request.user.empty() ? spec.user : request.user;
  process.capabilities = capabilitySets(
      user, boundingCapabilities(spec.privileged || request.privileged, spec.capAdd, spec.capDrop),
      spec.capAdd);
}

void check(const Engine::ExecRequest& request) {
  if (request.command.empty()) {
    throw Error(ErrorKind::invalid, "must provide a non-empty command to start an exec session");
  }
  if (!request.workdir.empty() && request.workdir.front() != '/') {
    throw Error(ErrorKind::invalid,
                cat("working directory \"", request.workdir, "\" must be an absolute path"));
  }
  for (const std::string& variable : request.env) {
    if (variable.find('=') == std::string::npos || variable.front() == '=') {
      throw Error(ErrorKind::invalid,
                  cat("invalid environment variable: \"", variable, "\" is not NAME=VALUE"));
    }
  }
}

}  // namespace

runtime::Started Engine::exec(const std::string& reference, ExecRequest request) {
  const Entrance entrance = entranceOf(*state_, reference);
  const keeper::ContainerConfig& container = entrance.container;
  check(request);
  const Path bundle = container.bundle / "config.json";
  auto spec = oci::parseRuntimeSpec(readFile(bundle), bundle.native());
  change(spec.process, request);
  if (!request.user.empty() || request.privileged) {
    changeRights(spec.process, state_->container(container.id).spec, request);
  }
  if (!spec.process.oomScoreAdj) {  // not that of whoever comes to look
    spec.process.oomScoreAdj =
        parseNumber<int>(trim(readFile(cat("/proc/", entrance.pid, "/oom_score_adj"))));
  }

  runtime::LaunchOptions options;
  options.user = request.user.empty() ? container.user : request.user;
  options.groups = container.groups;
  if (!request.privileged) {
    options.seccompFilter = container.seccompFilter;
  }
  const std::unique_ptr<Cgroup> cgroup =
      container.cgroup.empty() ? nullptr : state_->cgroups().open(container.cgroup);
  options.cgroup = cgroup.get();
  options.seal = request.seal;
  options.stdin_ = std::move(request.stdin_);
  options.stdout_ = std::move(request.stdout_);
  options.stderr_ = std::move(request.stderr_);
  return within(cat("exec in container ", container.name), [&] {
    return runtime::Launch::exec(entrance.pid, spec, std::move(options)).wait();
  });
}

}  // namespace engine
