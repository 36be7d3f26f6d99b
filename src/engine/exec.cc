#include "base/json.h"
#include "base/text.h"
#include "engine/capabilities.h"
#include "engine/container_start.h"
#include "engine/resources.h"
#include "engine/spec_builder.h"
#include "runtime/launch.h"

namespace engine {

namespace {

/// The container's first process; Error (in_use) where the container does not run.
pid_t enterable(const Context& context, const ContainerRecord& container) {
  const keeper::ContainerState state = stateOf(context, container);
  if (state.status != "running" && state.status != "stopping") {
    throw Error(ErrorKind::in_use,
                cat("can only create exec sessions on running containers: ", container.row.name,
                    " is ", state.status, ": container state improper"));
  }
  return state.pid;
}

std::vector<std::string> execCapabilities(const ContainerSpec& spec,
                                          const Engine::ExecRequest& request) {
  return boundingCapabilities(spec.privileged || request.privileged, spec.capAdd, spec.capDrop);
}

/// The process part of the container's specification with what the request changes.
void change(oci::Process& process, const ContainerSpec& spec, const Engine::ExecRequest& request) {
  process.args = request.command;
  process.terminal = request.tty;
  if (request.tty) {
    process.env = mergeEnv({"TERM=xterm"}, process.env);
  }
  process.env = mergeEnv(std::move(process.env), request.env);
  if (!request.workdir.empty()) {
    process.cwd = request.workdir;
  }
  if (!request.user.empty() || request.privileged) {
    const std::string& user = request.user.empty() ? spec.user : request.user;
    process.capabilities = capabilitySets(user, execCapabilities(spec, request), spec.capAdd);
  }
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

runtime::Started Engine::exec(const std::string& container, ExecRequest request) {
  const ContainerRecord record = state_->container(container);
  check(request);
  const pid_t pid = enterable(*state_, record);
  const Path bundle = state_->layout.container(record.id()) / "config.json";
  auto spec = parseJson(readFile(bundle), bundle.native()).get<oci::RuntimeSpec>();
  change(spec.process, record.spec, request);
  if (!spec.process.oomScoreAdj) {  // not that of whoever comes to look
    spec.process.oomScoreAdj =
        parseNumber<int>(trim(readFile(cat("/proc/", pid, "/oom_score_adj"))));
  }

  runtime::LaunchOptions options;
  const std::string& user = request.user.empty() ? record.spec.user : request.user;
  options.user = user.empty() ? "0" : user;
  options.groups = record.spec.groups;
  if (!request.privileged) {
    options.seccompFilter =
        seccompFilterOf(*state_, record.spec, execCapabilities(record.spec, request));
  }
  const std::unique_ptr<Cgroup> cgroup =
      spec.linux_.cgroupsPath.empty() ? nullptr : state_->cgroups().open(spec.linux_.cgroupsPath);
  options.cgroup = cgroup.get();
  options.seal = request.seal;
  options.stdin_ = std::move(request.stdin_);
  options.stdout_ = std::move(request.stdout_);
  options.stderr_ = std::move(request.stderr_);
  return within(cat("exec in container ", record.row.name),
                [&] { return runtime::Launch::exec(pid, spec, std::move(options)).wait(); });
}

}  // namespace engine
