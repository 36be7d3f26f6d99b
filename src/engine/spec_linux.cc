#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <filesystem>

#include "engine/spec_builder.h"

namespace engine {

namespace {

const std::vector<std::string> maskedByDefault{"/proc/acpi",
                                               "/proc/kcore",
                                               "/proc/keys",
                                               "/proc/latency_stats",
                                               "/proc/timer_list",
                                               "/proc/timer_stats",
                                               "/proc/sched_debug",
                                               "/proc/scsi",
                                               "/proc/interrupts",
                                               "/sys/firmware",
                                               "/sys/fs/selinux",
                                               "/sys/dev/block",
                                               "/sys/devices/virtual/powercap"};

const std::vector<std::string> readonlyByDefault{
    "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

void without(std::vector<std::string>& paths, const std::vector<std::string>& unmask) {
  for (const std::string& text : unmask) {
    for (const std::string& path : split(text, ':')) {
      std::erase_if(
          paths, [&](const std::string& masked) { return lower(path) == "all" || masked == path; });
    }
  }
}

void addPaths(const ContainerSpec& asked, oci::Linux& out) {
  if (!asked.privileged) {
    out.maskedPaths = maskedByDefault;
    out.readonlyPaths = readonlyByDefault;
    without(out.maskedPaths, asked.unmaskPaths);
    without(out.readonlyPaths, asked.unmaskPaths);
  }
  for (const std::string& text : asked.maskPaths) {
    for (std::string& path : split(text, ':')) {
      if (path.empty() || path.front() != '/') {
        throw Error(ErrorKind::invalid, cat("mask=", text, ": paths must be absolute"));
      }
      out.maskedPaths.push_back(std::move(path));
    }
  }
}

/// The namespace that a sysctl belongs to; nothing for those that are the whole machine's.
std::optional<NamespaceKind> namespaceOf(const std::string& sysctl) {
  constexpr std::array<std::string_view, 8> ofIpc{
      "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
      "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  if (sysctl.starts_with("net.")) {
    return NamespaceKind::net;
  }
  if (sysctl.starts_with("fs.mqueue.") ||
      std::find(ofIpc.begin(), ofIpc.end(), sysctl) != ofIpc.end()) {
    return NamespaceKind::ipc;
  }
  return std::nullopt;
}

std::optional<oci::Device> deviceAt(const std::string& source, const std::string& target) {
  struct stat status {};
  if (::stat(source.c_str(), &status) != 0) {
    const Error cause = systemError("--device ", source);
    throw Error(ErrorKind::invalid, cause.what(), cause.code());
  }
  if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) {
    return std::nullopt;
  }
  oci::Device device;
  device.path = target;
  device.type = S_ISCHR(status.st_mode) ? "c" : "b";
  device.major = major(status.st_rdev);
  device.minor = minor(status.st_rdev);
  device.fileMode = status.st_mode & 07777;
  device.uid = status.st_uid;
  device.gid = status.st_gid;
  return device;
}

bool isOwnInContainer(const std::string& path) {
  constexpr std::array<std::string_view, 5> own{"/dev/pts", "/dev/shm", "/dev/mqueue",
                                                "/dev/console", "/dev/ptmx"};
  return std::any_of(own.begin(), own.end(), [&](std::string_view name) { return path == name; });
}

void addDevicesIn(const std::string& source, const std::string& target,
                  std::vector<oci::Device>& out) {
  for (const auto& entry : std::filesystem::directory_iterator(source)) {
    const std::string from = entry.path().native();
    const std::string to = cat(target, "/", entry.path().filename().native());
    if (isOwnInContainer(to) || entry.is_symlink()) {
      continue;
    }
    if (entry.is_directory()) {
      addDevicesIn(from, to, out);
    } else if (std::optional<oci::Device> device = deviceAt(from, to)) {
      out.push_back(std::move(*device));
    }
  }
}

bool isPermissions(const std::string& text) {
  return !text.empty() && text.find_first_not_of("rwm") == std::string::npos;
}

}  // namespace

void checkSysctls(const StringMap& sysctls, const std::set<NamespaceKind>& isolated) {
  for (const auto& [name, value] : sysctls) {
    const std::optional<NamespaceKind> kind = namespaceOf(name);
    if (!kind || name.find('/') != std::string::npos || name.find("..") != std::string::npos) {
      throw Error(ErrorKind::invalid, cat("sysctl '", name,
                                          "' is not allowed: it is not one of a "
                                          "net or ipc namespace"));
    }
    if (!isolated.contains(*kind)) {
      throw Error(ErrorKind::invalid, cat("sysctl '", name, "' is not allowed: the ",
                                          traits(*kind).name, " namespace is the host's"));
    }
  }
}

std::vector<oci::Device> devicesOf(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  const bool onlyMode = parts.size() == 2 && isPermissions(parts[1]);
  const std::string target = parts.size() > 1 && !onlyMode ? parts[1] : parts[0];
  if (parts.size() > 3 || parts[0].empty() || target.empty() || target.front() != '/' ||
      (parts.size() == 3 && !isPermissions(parts[2]))) {
    throw Error(ErrorKind::invalid, cat("invalid device \"", text,
                                        "\": expected HOST[:CONTAINER[:rwm]] with absolute paths"));
  }
  std::vector<oci::Device> devices;
  if (std::filesystem::is_directory(parts[0])) {
    addDevicesIn(parts[0], target, devices);
  } else if (std::optional<oci::Device> device = deviceAt(parts[0], target)) {
    devices.push_back(std::move(*device));
  }
  if (devices.empty()) {
    throw Error(ErrorKind::invalid, cat("--device ", parts[0], ": not a device"));
  }
  return devices;
}

void buildLinux(const SpecInput& input, oci::RuntimeSpec& spec) {
  const ContainerSpec& asked = input.spec;
  addPaths(asked, spec.linux_);
  spec.linux_.sysctl = asked.sysctls;
  // A network namespace of a single container; a pod's has it from the pod.
  if (input.plan.fresh.contains(NamespaceKind::net)) {
    spec.linux_.sysctl.emplace("net.ipv4.ping_group_range", "0 0");
  }
  if (asked.privileged) {
    addDevicesIn("/dev", "/dev", spec.linux_.devices);
  }
  std::vector<std::string> devices =
      input.pod == nullptr ? std::vector<std::string>{} : input.pod->spec.devices;
  devices.insert(devices.end(), asked.devices.begin(), asked.devices.end());
  for (const std::string& text : devices) {
    for (oci::Device& device : devicesOf(text)) {
      std::erase_if(spec.linux_.devices,
                    [&](const oci::Device& other) { return other.path == device.path; });
      spec.linux_.devices.push_back(std::move(device));
    }
  }
}

}  // namespace engine
