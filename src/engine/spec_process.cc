#include <algorithm>

#include "engine/capabilities.h"
#include "engine/init.h"
#include "engine/spec_builder.h"
#include "kernel/rlimit.h"
#include "kernel/signal.h"

namespace engine {

namespace {

constexpr std::string_view defaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::uint32_t defaultUmask = 0022;

std::string_view nameOf(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

void checkEnv(const std::vector<std::string>& env) {
  for (const std::string& variable : env) {
    if (nameOf(variable).empty() || variable.find('=') == std::string::npos) {
      throw Error(ErrorKind::invalid,
                  cat("invalid environment variable: \"", variable, "\" is not NAME=VALUE"));
    }
  }
}

std::vector<std::string> environmentOf(const SpecInput& input) {
  checkEnv(input.spec.env);
  std::vector<std::string> env{std::string(defaultPath)};
  if (input.spec.tty) {
    env.emplace_back("TERM=xterm");
  }
  env.emplace_back("container=peapod");
  if (!input.hostname.empty()) {
    env.push_back("HOSTNAME=" + input.hostname);
  }
  return mergeEnv(std::move(env), input.spec.env);
}

std::vector<std::string> argumentsOf(const ContainerSpec& spec) {
  std::vector<std::string> arguments = spec.entrypoint.value_or(std::vector<std::string>{});
  arguments.insert(arguments.end(), spec.command.begin(), spec.command.end());
  if (arguments.empty()) {
    throw Error(ErrorKind::invalid,
                "no command or entrypoint provided, and no CMD or ENTRYPOINT from image");
  }
  if (spec.init) {
    arguments.insert(arguments.begin(), {initTarget, "--"});
  }
  return arguments;
}

std::string workdirOf(const ContainerSpec& spec) {
  if (!spec.workdir.empty() && spec.workdir.front() != '/') {
    throw Error(ErrorKind::invalid,
                cat("working directory \"", spec.workdir, "\" must be an absolute path"));
  }
  return spec.workdir.empty() ? "/" : spec.workdir;
}

std::uint32_t umaskOf(const std::string& text) {
  if (text.empty()) {
    return defaultUmask;
  }
  std::uint32_t mask = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error != std::errc{} || end != text.data() + text.size() || mask > 0777) {
    throw Error(ErrorKind::invalid,
                cat("--umask \"", text, "\" is not an octal mask such as 0022"));
  }
  return mask;
}

}  // namespace

std::vector<std::string> mergeEnv(std::vector<std::string> base,
                                  const std::vector<std::string>& over) {
  for (const std::string& variable : over) {
    const auto same = std::find_if(base.begin(), base.end(), [&](const std::string& other) {
      return nameOf(other) == nameOf(variable);
    });
    if (same == base.end()) {
      base.push_back(variable);
    } else {
      *same = variable;
    }
  }
  return base;
}

oci::Rlimit rlimitOf(const Ulimit& ulimit) {
  std::string name = lower(ulimit.name);
  if (!rlimitByName(name)) {
    throw Error(ErrorKind::invalid, cat("--ulimit ", ulimit.name, ": no such limit"));
  }
  const auto soft = static_cast<std::uint64_t>(ulimit.soft);
  const auto hard = static_cast<std::uint64_t>(ulimit.hard);
  if (ulimit.soft < -1 || ulimit.hard < -1 || soft > hard) {
    throw Error(ErrorKind::invalid, cat("--ulimit ", ulimit.name, "=", ulimit.soft, ":",
                                        ulimit.hard, ": the soft limit is above the hard one"));
  }
  std::transform(name.begin(), name.end(), name.begin(), ::toupper);
  return {name.starts_with("RLIMIT_") ? name : "RLIMIT_" + name, soft, hard};
}

int stopSignalOf(const ContainerSpec& spec) {
  if (spec.stopSignal.empty()) {
    return SIGTERM;
  }
  const std::optional<int> signal = signalByName(spec.stopSignal);
  if (!signal) {
    throw Error(ErrorKind::invalid, cat("invalid stop signal: \"", spec.stopSignal, "\""));
  }
  return *signal;
}

oci::Process buildProcess(const SpecInput& input) {
  const ContainerSpec& spec = input.spec;
  oci::Process process;
  process.terminal = spec.tty;
  process.user.umask = umaskOf(spec.umask);
  process.args = argumentsOf(spec);
  process.env = environmentOf(input);
  process.cwd = workdirOf(spec);
  process.capabilities = capabilitySets(
      spec.user, boundingCapabilities(spec.privileged, spec.capAdd, spec.capDrop), spec.capAdd);
  for (const Ulimit& ulimit : spec.ulimits) {
    process.rlimits.push_back(rlimitOf(ulimit));
  }
  process.noNewPrivileges = spec.noNewPrivileges;
  process.oomScoreAdj = spec.oomScoreAdj;
  return process;
}

}  // namespace engine
