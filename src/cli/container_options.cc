#include "cli/container_options.h"

#include <sys/utsname.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "cli/limits.h"
#include "cli/mounts.h"

namespace cli {
namespace {

Error unsupportedValue(const std::string& value) {
  return {ErrorKind::unsupported, cat("\"", value, "\" is not supported yet")};
}

Error invalidValue(const std::string& value, std::string_view rule) {
  return {ErrorKind::invalid, cat("invalid value \"", value, "\": it must be ", rule)};
}

bool ownNetwork(const NamespaceModes& modes) {
  const auto net = modes.find(NamespaceKind::net);
  return net == modes.end() || net->second.source == NamespaceMode::Source::own;
}

void checkPlatform(const std::string& wanted, const std::string& own) {
  if (wanted != own) {
    throw Error(ErrorKind::unsupported, cat("\"", wanted, "\" is not this machine's (", own,
                                            "); others are not supported yet"));
  }
}

/// The names that Go, and so image configurations, have for machines.
std::string machineArchitecture() {
  utsname names{};
  uname(&names);
  const std::string machine = names.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

}  // namespace

ContainerOptions::ContainerOptions(Options& options) : options_(options), network_(options) {
  addIdentity(options);
  addProcess(options);
  addNamespaces(options);
  addSecurity(options);
  addStorage(options);
  addLifecycle(options);
  addPull(options);
  addNotYet(options);
  addPodLimits(options, spec_.resources);
  addContainerLimits(options, spec_.resources);
}

void ContainerOptions::addIdentity(Options& options) {
  options.text("--name", spec_.name, "Assign a name to the container");
  options.text("--pod", pod_, "Run the container in an existing pod; new:NAME makes the pod");
  options.text("--pod-id-file", podIdFile_, "Read the pod's id from the file");
  options.text("-h --hostname", spec_.hostname, "Set the container's hostname");
  options.list("-l --label", labels_, "Set metadata on the container");
  options.commaList("--label-file", labelFiles_, "Read labels from a file, one on each line");
  options.commaList("--annotation", annotations_, "Add annotations to the container (key=value)");
  options.text("--cidfile", cidFile, "Write the container's id to the file");
  options.flag("--replace", replace, "Replace a container of the same name");
}

void ContainerOptions::addProcess(Options& options) {
  options.flag("-i --interactive", spec_.stdinOpen, "Keep STDIN open even if not attached");
  options.flag("-t --tty", spec_.tty, "Give the container a terminal");
  options.list("-e --env", environment_.texts, "Set environment variables in the container");
  options.commaList("--env-file", environment_.files, "Read environment variables from a file");
  options.flag("--env-host", environment_.host,
               "Pass all environment variables of the host to the container");
  environment_.httpProxy = true;
  options.flag("--http-proxy", environment_.httpProxy,
               "Pass the host's proxy variables to the container");
  options.text("-w --workdir", spec_.workdir, "Working directory inside the container");
  options.text("-u --user", spec_.user, "User name or number (<name|uid>[:<group|gid>])");
  options.commaList("--group-add", spec_.groups, "Add groups to the container's process");
  options.each("--umask", "Set the container's umask", "string", [this](const std::string& value) {
    if (value.empty() || value.size() > 4 ||
        value.find_first_not_of("01234567") != std::string::npos) {
      throw invalidValue(value, "an octal number such as 0022");
    }
    spec_.umask = value;
  });
  options.each("--entrypoint", "Replace the image's ENTRYPOINT (a word, or a JSON array)", "string",
               [this](const std::string& value) { setEntrypoint(value); });
  options.flag("--init", spec_.init,
               "Run an init inside the container that forwards signals and reaps processes");
}

void ContainerOptions::addNamespaces(Options& options) {
  const auto mode = [&](std::string_view name, NamespaceKind kind, std::string help) {
    options.each(name, std::move(help), "string", [this, kind](const std::string& value) {
      setNamespaceMode(spec_.namespaces, kind, value);
    });
  };
  options.each("--ipc", "IPC namespace: private, shareable, none, host, container:NAME or ns:PATH",
               "string", [this](const std::string& value) {
                 setNamespaceMode(spec_.namespaces, NamespaceKind::ipc, value);
                 spec_.noShm = value == "none";
               });
  mode("--uts", NamespaceKind::uts, "UTS namespace: private, host, container:NAME or ns:PATH");
  mode("--pid", NamespaceKind::pid, "PID namespace: private, host, container:NAME or ns:PATH");
  mode("--cgroupns", NamespaceKind::cgroup,
       "Cgroup namespace: private, host, container:NAME or ns:PATH");
  options.each(
      "--cgroups", "Cgroup of the container: enabled or disabled", "string",
      [this](const std::string& value) {
        if (value == "split") {
          throw unsupportedValue(value);
        }
        // "no-conmon" is about a process that peapod does not have.
        if (value != "enabled" && value != "disabled" && value != "no-conmon") {
          throw invalidValue(value, "enabled, disabled or no-conmon");
        }
        spec_.cgroups = value != "disabled";
      },
      "\"enabled\"");
  options.text("--cgroup-parent", spec_.cgroupParent, "Parent of the container's cgroup");
  options.each("--userns", "User namespace: host", "string", [](const std::string& value) {
    if (value != "host" && !value.empty()) {
      throw unsupportedValue(value);
    }
  });
  options.flag("-P --publish-all", spec_.network.publishAll,
               "Publish all exposed ports of the image to free ports of the host");
  options.commaList("--sysctl", sysctls_, "Set kernel parameters (name=value)");
}

void ContainerOptions::addSecurity(Options& options) {
  options.commaList("--cap-add", spec_.capAdd, "Add capabilities to the container");
  options.commaList("--cap-drop", spec_.capDrop, "Drop capabilities from the container");
  options.flag("--privileged", spec_.privileged, "Give extended privileges to the container");
  options.flag("--read-only", spec_.readOnly, "Make the container's root file system read-only");
  options.flag("--read-only-tmpfs", readOnlyTmpfs_,
               "With --read-only, mount a tmpfs on /run, /tmp and /var/tmp");
  options.each("--security-opt", "seccomp=PROFILE, no-new-privileges, mask=PATHS, unmask=PATHS",
               "stringArray", [this](const std::string& value) { setSecurity(value); });
  options.each("--ulimit", "Set a limit (NAME=SOFT[:HARD])", "strings",
               [this](const std::string& value) {
                 for (const auto& element : splitList(value)) {
                   spec_.ulimits.push_back(parseUlimit(element));
                 }
               });
  options.each("--oom-score-adj", "Tune the host's OOM preferences (-1000 to 1000)", "int",
               [this](const std::string& value) {
                 const auto score = parseNumber<int>(value);
                 if (!score || *score < -1000 || *score > 1000) {
                   throw invalidValue(value, "a number from -1000 to 1000");
                 }
                 spec_.oomScoreAdj = score;
               });
}

void ContainerOptions::addStorage(Options& options) {
  options.each("-v --volume", "Bind mount a directory of the host (SOURCE:TARGET[:OPTIONS])",
               "stringArray",
               [this](const std::string& value) { spec_.mounts.push_back(parseVolume(value)); });
  options.each("--mount", "Attach a mount to the container (type=bind|tmpfs,src=,dst=,...)",
               "stringArray",
               [this](const std::string& value) { spec_.mounts.push_back(parseMount(value)); });
  options.each("--tmpfs", "Mount a tmpfs into the container (TARGET[:OPTIONS])", "tmpfs",
               [this](const std::string& value) { spec_.mounts.push_back(parseTmpfs(value)); });
  options.each(
      "--shm-size", "Size of /dev/shm", "<number>[<unit>]",
      [this](const std::string& value) { spec_.shmSize = parseBytes(value); }, "\"64m\"");
  options.commaList("--device", spec_.devices, "Add a device of the host (HOST[:CONTAINER[:rwm]])");
}

void ContainerOptions::addLifecycle(Options& options) {
  options.flag("--rm", spec_.remove, "Remove the container (and the pod, if made) after exit");
  options.text("--stop-signal", spec_.stopSignal, "Signal to stop the container with");
  options.number("--stop-timeout", spec_.stopTimeout,
                 "Seconds that the container has to stop before it is killed");
  options.each("--restart", "Restart policy: no, always, unless-stopped or on-failure[:RETRIES]",
               "string",
               [this](const std::string& value) { spec_.restart = parseRestartPolicy(value); });
  options.text("--pidfile", spec_.pidFile, "Write the process id of the container to the file");
  options.each(
      "--log-driver", "Where the output is logged: k8s-file or none", "string",
      [this](const std::string& value) {
        if (value == "journald" || value == "passthrough") {
          throw unsupportedValue(value);
        }
        if (value != "k8s-file" && value != "json-file" && value != "none") {
          throw invalidValue(value, "k8s-file or none");
        }
        spec_.logDriver = value == "none" ? "none" : "k8s-file";
      },
      "\"k8s-file\"");
  options.each("--log-opt", "Options of the log: path=FILE, max-size=SIZE", "strings",
               [this](const std::string& value) {
                 for (const auto& element : splitList(value)) {
                   setLog(element);
                 }
               });
}

void ContainerOptions::addPull(Options& options) {
  options.each(
      "--pull", "Pull policy: missing or never; images come from the local store", "string",
      [](const std::string& value) {
        if (value == "always" || value == "newer" || value == "true") {
          throw Error(ErrorKind::unsupported,
                      cat("\"", value, "\": pulling images is not supported yet: use peapod load"));
        }
        if (value != "missing" && value != "never" && value != "false") {
          throw invalidValue(value, "missing or never");
        }
      },
      "\"missing\"");
  const std::string architecture = machineArchitecture();
  options.hideFollowing(true);
  options.each("--arch", "", "string",
               [architecture](const std::string& value) { checkPlatform(value, architecture); });
  options.each("--os", "", "string",
               [](const std::string& value) { checkPlatform(value, "linux"); });
  options.each("--platform", "", "string", [architecture](const std::string& value) {
    checkPlatform(value, "linux/" + architecture);
  });
  options.hideFollowing(false);
  // About pulling, which does not happen.
  options.accept("-q --quiet", false);
  options.accept("--disable-content-trust", false);
  options.accept("--tls-verify", false);
  options.accept("--authfile", true);
}

void ContainerOptions::addNotYet(Options& options) {
  for (const char* name : {"--blkio-weight",
                           "--blkio-weight-device",
                           "--cgroup-conf",
                           "--chrootdirs",
                           "--conmon-pidfile",
                           "--cpu-rt-period",
                           "--cpu-rt-runtime",
                           "--device-cgroup-rule",
                           "--device-read-bps",
                           "--device-read-iops",
                           "--device-write-bps",
                           "--device-write-iops",
                           "--env-merge",
                           "--expose",
                           "--gidmap",
                           "--gpus",
                           "--health-cmd",
                           "--health-interval",
                           "--health-on-failure",
                           "--health-retries",
                           "--health-start-period",
                           "--health-timeout",
                           "--hostuser",
                           "--image-volume",
                           "--init-ctr",
                           "--init-path",
                           "--memory-swappiness",
                           "--passwd-entry",
                           "--personality",
                           "--preserve-fds",
                           "--requires",
                           "--sdnotify",
                           "--seccomp-policy",
                           "--secret",
                           "--subgidname",
                           "--subuidname",
                           "--systemd",
                           "--timeout",
                           "--tz",
                           "--uidmap",
                           "--unsetenv",
                           "--variant",
                           "--volumes-from"}) {
    options.notYet(name);
  }
  for (const char* name : {"--no-healthcheck", "--oom-kill-disable", "--passwd", "--rmi",
                           "--rootfs", "--unsetenv-all"}) {
    options.notYet(name, false);
  }
}

void ContainerOptions::setSecurity(const std::string& text) {
  const std::size_t separator = text.find_first_of("=:");
  const std::string key = text.substr(0, separator);
  const std::string value = separator == std::string::npos ? "" : text.substr(separator + 1);
  const auto addPaths = [&](std::vector<std::string>& paths) {
    for (const auto& path : split(value, ':')) {
      paths.push_back(path);
    }
  };
  if (key == "seccomp") {
    spec_.seccompProfile = value;
  } else if (key == "no-new-privileges") {
    spec_.noNewPrivileges = value.empty() || parseBool(value).value_or(true);
  } else if (key == "mask") {
    addPaths(spec_.maskPaths);
  } else if (key == "unmask") {
    addPaths(spec_.unmaskPaths);
  } else if ((key == "apparmor" && value == "unconfined") ||
             (key == "label" && value == "disable")) {
    // peapod confines with neither of them.
  } else if (key == "apparmor" || key == "label" || key == "proc-opts") {
    throw unsupportedValue(text);
  } else {
    throw invalidValue(text, "seccomp=PROFILE, no-new-privileges, mask=PATHS or unmask=PATHS");
  }
}

void ContainerOptions::setLog(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  if (key == "path" && !value.empty()) {
    spec_.logPath = std::filesystem::absolute(value).lexically_normal();
  } else if (key == "max-size" && !value.empty()) {
    spec_.logMaxSize = parseBytes(value);
  } else if (key == "tag") {
    throw unsupportedValue(text);
  } else {
    throw invalidValue(text, "path=FILE or max-size=SIZE");
  }
}

void ContainerOptions::setEntrypoint(const std::string& text) {
  spec_.entrypoint.emplace();
  if (text.starts_with('[')) {
    const Json words = Json::parse(text, nullptr, false);
    if (words.is_array() && std::all_of(words.begin(), words.end(),
                                        [](const Json& word) { return word.is_string(); })) {
      *spec_.entrypoint = words.get<std::vector<std::string>>();
      return;
    }
  }
  if (!text.empty()) {
    spec_.entrypoint->push_back(text);
  }
}

std::string ContainerOptions::pod() const {
  if (podIdFile_.empty()) {
    return pod_;
  }
  if (!pod_.empty()) {
    throw Error(ErrorKind::invalid, "options --pod and --pod-id-file exclude each other");
  }
  return within("option --pod-id-file", [&] { return std::string(trim(readFile(podIdFile_))); });
}

ContainerSpec ContainerOptions::spec(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& commandLine) const {
  ContainerSpec spec = spec_;
  checkLimits(spec.resources);
  spec.image = arguments.front();
  spec.command.assign(arguments.begin() + 1, arguments.end());
  spec.env = collectEnvironment(environment_);
  spec.labels = collectLabels(labelFiles_, labels_);
  spec.annotations = keyValues("--annotation", annotations_);
  spec.sysctls = keyValues("--sysctl", sysctls_);
  spec.network = network_.request(spec.namespaces);
  spec.network.publishAll = spec_.network.publishAll;
  spec.createCommand = commandLine;
  if (spec.network.publishAll && !ownNetwork(spec.namespaces)) {
    throw Error(ErrorKind::invalid,
                "option --publish-all: the container has no network of its own to publish from");
  }
  if (spec.readOnly && readOnlyTmpfs_) {
    for (const std::string target : {"/run", "/tmp", "/var/tmp"}) {
      const bool mounted = std::any_of(spec.mounts.begin(), spec.mounts.end(),
                                       [&](const Mount& mount) { return mount.target == target; });
      if (!mounted) {
        spec.mounts.push_back(parseTmpfs(target));
      }
    }
  }
  if (spec.remove && (spec.restart.name == "always" || spec.restart.name == "unless-stopped")) {
    throw Error(ErrorKind::invalid,
                cat("options --rm and --restart ", spec.restart.name, " exclude each other"));
  }
  return spec;
}

}  // namespace cli
