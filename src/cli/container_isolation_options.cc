#include "cli/container_options.h"
#include "cli/limits.h"
#include "cli/option_values.h"

namespace cli {

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
      "--cgroups",
      "Cgroup of the container: enabled, disabled, no-conmon (the keeper stays in the caller's) or "
      "split (both are below the caller's)",
      "string",
      [this](const std::string& value) {
        if (value != "enabled" && value != "disabled" && value != "no-conmon" && value != "split") {
          throw invalidValue(value, "enabled, disabled, no-conmon or split");
        }
        spec_.cgroups = value;
      },
      "\"enabled\"");
  options.text("--cgroup-parent", spec_.cgroupParent,
               "Parent of the container's cgroup: a path, or with systemd NAME.slice");
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

}  // namespace cli
