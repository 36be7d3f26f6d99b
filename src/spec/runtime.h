#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"

/// The OCI runtime specification's config.json (version 1.0.2 of the runtime-spec: config.md,
/// config-linux.md), the part that Linux containers use. Plain data: parse with from_json, print
/// with to_json; members are the specification's, absent ones are not printed. What peapod does not
/// do is refused, here where there is no member for it, else by runtime/.
namespace oci {

struct User {
  std::uint32_t uid = 0, gid = 0;
  std::optional<std::uint32_t> umask;
  std::vector<std::uint32_t> additionalGids;
};

struct Rlimit {
  std::string type;  ///< RLIMIT_NOFILE, ...
  std::uint64_t soft = 0, hard = 0;
};

struct Capabilities {
  std::vector<std::string> bounding, effective, inheritable, permitted, ambient;  ///< CAP_..., ...
};

struct Process {
  bool terminal = false;
  std::uint16_t consoleHeight = 0, consoleWidth = 0;
  User user;
  std::vector<std::string> args, env;
  std::string cwd = "/";
  std::optional<Capabilities> capabilities;
  std::vector<Rlimit> rlimits;
  bool noNewPrivileges = false;
  std::string apparmorProfile;
  std::optional<int> oomScoreAdj;
};

struct Root {
  std::string path;  ///< absolute, or relative to the bundle
  bool readonly = false;
};

struct Mount {
  std::string destination, type, source;
  std::vector<std::string> options;
};

struct LinuxNamespace {
  std::string type;  ///< pid, network, mount, ipc, uts, user, cgroup
  std::string path;  ///< empty: a new one
};

struct Device {
  std::string path, type;  ///< type: c, b, u, p
  std::int64_t major = 0, minor = 0;
  std::optional<std::uint32_t> fileMode, uid, gid;
};

struct CpuResources {
  std::optional<std::uint64_t> shares, period;
  std::optional<std::int64_t> quota;
  std::string cpus, mems;
};

struct MemoryResources {
  std::optional<std::int64_t> limit, reservation, swap;
};

struct Resources {
  CpuResources cpu;
  MemoryResources memory;
  std::optional<std::int64_t> pidsLimit;
};

struct SeccompArg {
  unsigned index = 0;
  std::uint64_t value = 0, valueTwo = 0;
  std::string op;  ///< SCMP_CMP_...
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  ///< SCMP_ACT_...
  std::optional<unsigned> errnoRet;
  std::vector<SeccompArg> args;
};

struct Seccomp {
  std::string defaultAction;
  std::optional<unsigned> defaultErrnoRet;
  std::vector<std::string> architectures, flags;
  std::vector<SeccompRule> syscalls;
};

struct Linux {
  std::vector<LinuxNamespace> namespaces;
  std::vector<Device> devices;
  std::string cgroupsPath;
  std::optional<Resources> resources;
  std::string rootfsPropagation;
  std::optional<Seccomp> seccomp;
  std::map<std::string, std::string> sysctl;
  std::vector<std::string> maskedPaths, readonlyPaths;
};

struct RuntimeSpec {
  std::string ociVersion = "1.0.2";
  Root root;
  Process process;
  std::string hostname;
  std::vector<Mount> mounts;
  std::map<std::string, std::string> annotations;
  Linux linux_;  ///< "linux" in the document (a macro of the compiler has that name)
};

void to_json(Json& json, const RuntimeSpec& spec);
/// Reads a config.json; `what` names it in errors. Error (unsupported) where it asks for what
/// peapod does not do.
RuntimeSpec parseRuntimeSpec(std::string_view text, const std::string& what);

}  // namespace oci
