#include <filesystem>

#include "cli/container_options.h"
#include "cli/limits.h"
#include "cli/mounts.h"
#include "cli/option_values.h"
#include "cli/platform.h"

namespace cli {
namespace {

void checkPlatform(const std::string& wanted, const std::string& own) {
  if (wanted != own) {
    throw Error(ErrorKind::unsupported, cat("\"", wanted, "\" is not this machine's (", own,
                                            "); others are not supported yet"));
  }
}

}  // namespace

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
  options.list("--device-cgroup-rule", spec_.deviceRules,
               "Allow further devices to be opened or made (TYPE MAJOR:MINOR ACCESS)");
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
  for (const char* name : {"--chrootdirs",
                           "--conmon-pidfile",
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
  for (const char* name : {"--no-healthcheck", "--passwd", "--rmi", "--rootfs", "--unsetenv-all"}) {
    options.notYet(name, false);
  }
}

}  // namespace cli
