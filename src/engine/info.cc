#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <map>

#include "base/json.h"
#include "engine/container_start.h"
#include "engine/meminfo.h"
#include "engine/ports.h"

namespace engine {

namespace {

/// Go's names of architectures, which images use.
std::string architecture(const std::string& machine) {
  static const std::map<std::string, std::string> names{
      {"x86_64", "amd64"}, {"aarch64", "arm64"},   {"armv7l", "arm"},
      {"i686", "386"},     {"ppc64le", "ppc64le"}, {"s390x", "s390x"}};
  const auto name = names.find(machine);
  return name == names.end() ? machine : name->second;
}

Json distribution() {
  std::string id, version, codename;
  for (const std::string& line : split(readFileIfExists("/etc/os-release").value_or(""), '\n')) {
    const std::vector<std::string> parts = split(line, '=', 2);
    std::string value = parts.size() > 1 ? parts[1] : "";
    std::erase(value, '"');
    if (parts[0] == "ID") {
      id = value;
    } else if (parts[0] == "VERSION_ID") {
      version = value;
    } else if (parts[0] == "VERSION_CODENAME") {
      codename = value;
    }
  }
  return {{"distribution", id}, {"version", version}, {"codename", codename}};
}

std::string uptime(long seconds) {
  return cat(seconds / 3600, "h ", seconds / 60 % 60, "m ", seconds % 60, ".00s");
}

Json hostFacts(Context& context) {
  utsname names{};
  ::uname(&names);
  struct sysinfo system {};
  ::sysinfo(&system);
  const std::string meminfo = readFile("/proc/meminfo");
  const bool seccomp = ::access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0;
  return {{"arch", architecture(names.machine)},
          {"cgroupManager", context.cgroupManagerFor("")},
          {"cgroupVersion", context.cgroups().versionName()},
          {"cgroupControllers", context.cgroups().controllers()},
          {"cpus", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"distribution", distribution()},
          {"hostname", names.nodename},
          {"kernel", names.release},
          {"logDriver", "k8s-file"},
          {"memFree", memoryField(meminfo, "MemFree")},
          {"memTotal", memoryField(meminfo, "MemTotal")},
          {"networkBackend", "nftables"},
          {"ociRuntime", {{"name", "peapod"}}},
          {"os", "linux"},
          {"security", {{"rootless", ::geteuid() != 0}, {"seccompEnabled", seccomp}}},
          {"swapFree", memoryField(meminfo, "SwapFree")},
          {"swapTotal", memoryField(meminfo, "SwapTotal")},
          {"uptime", uptime(system.uptime)}};
}

Json storeFacts(Context& context) {
  std::size_t total = 0, running = 0, paused = 0;
  for (store::ContainerRow& row : context.registry.containers()) {
    const keeper::ContainerState state = stateOf(context, read(std::move(row)));
    ++total;
    paused += state.status == "paused" ? 1 : 0;
    running += isRunning(state) && state.status != "paused" ? 1 : 0;
  }
  struct statvfs disk {};
  ::statvfs(context.layout.root.c_str(), &disk);
  const std::uint64_t block = disk.f_frsize;
  return {{"containerStore",
           {{"number", total},
            {"paused", paused},
            {"running", running},
            {"stopped", total - running - paused}}},
          {"podStore", {{"number", context.registry.pods().size()}}},
          {"graphDriverName", "overlay"},
          {"graphRoot", context.layout.root.native()},
          {"graphRootAllocated", disk.f_blocks * block},
          {"graphRootUsed", (disk.f_blocks - disk.f_bfree) * block},
          {"imageStore", {{"number", context.images.list().size()}}},
          {"runRoot", context.layout.runroot.native()}};
}

}  // namespace

Json Engine::info() {
  utsname names{};
  ::uname(&names);
  return {{"host", hostFacts(*state_)},
          {"store", storeFacts(*state_)},
          {"version",
           {{"Version", PEAPOD_VERSION},
            {"OsArch", cat("linux/", architecture(names.machine))},
            {"Os", "linux"}}}};
}

}  // namespace engine
