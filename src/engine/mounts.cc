#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "engine/init.h"
#include "engine/spec_builder.h"

namespace engine {

namespace {

bool has(const std::vector<std::string>& options, std::string_view wanted) {
  return std::find(options.begin(), options.end(), wanted) != options.end();
}

std::string normal(const std::string& path) {
  std::string text = Path(path).lexically_normal().native();
  if (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return text;
}

void put(std::vector<oci::Mount>& mounts, oci::Mount mount) {
  const auto same = std::find_if(mounts.begin(), mounts.end(), [&](const oci::Mount& other) {
    return other.destination == mount.destination;
  });
  if (same == mounts.end()) {
    mounts.push_back(std::move(mount));
  } else {
    *same = std::move(mount);
  }
}

oci::Mount bindMount(const Path& source, std::string target, std::vector<std::string> options) {
  return {std::move(target), "bind", source.native(), std::move(options)};
}

void addShm(const SpecInput& input, std::vector<oci::Mount>& mounts) {
  if (input.plan.hostShm) {
    mounts.push_back(bindMount("/dev/shm", "/dev/shm", {"bind", "nosuid", "noexec", "nodev"}));
  } else if (!input.plan.sandboxShm && input.plan.shmOf.empty() && !input.spec.noShm) {
    mounts.push_back(
        {"/dev/shm",
         "tmpfs",
         "shm",
         {"nosuid", "noexec", "nodev", "mode=1777", cat("size=", input.spec.shmSize)}});
  }
}

void addStandard(const SpecInput& input, std::vector<oci::Mount>& mounts) {
  const std::string access = input.spec.privileged ? "rw" : "ro";
  mounts = {
      {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
      {"/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "strictatime", "mode=755", "size=65536k"}},
      {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", access}},
      {"/dev/pts",
       "devpts",
       "devpts",
       {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
      {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", access}},
  };
  addShm(input, mounts);
}

void addNameFiles(const SpecInput& input, std::vector<oci::Mount>& mounts) {
  const std::array<std::pair<const Path&, const char*>, 3> files{{
      {input.files.hosts, "/etc/hosts"},
      {input.files.resolvConf, "/etc/resolv.conf"},
      {input.files.hostname, "/etc/hostname"},
  }};
  for (const auto& [source, target] : files) {
    if (!source.empty()) {
      mounts.push_back(bindMount(
          source, target,
          {"bind", "rprivate", input.spec.readOnly ? "ro" : "rw", "nosuid", "nodev", "noexec"}));
    }
  }
}

/// With a read-only root, what programs expect to be able to write to.
void addScratch(const SpecInput& input, std::vector<oci::Mount>& mounts) {
  if (!input.spec.readOnly) {
    return;
  }
  for (const char* target : {"/run", "/tmp", "/var/tmp"}) {
    mounts.push_back({target, "tmpfs", "tmpfs", {"nosuid", "nodev"}});
  }
}

oci::Mount converted(const Mount& mount) {
  std::vector<std::string> options;
  for (const std::string& option : mount.options) {
    // SELinux labels: there is nothing to relabel without SELinux.
    if (!option.empty() && option != "z" && option != "Z") {
      options.push_back(option);
    }
  }
  const std::string target = normal(mount.target);
  if (mount.type == "tmpfs") {
    options.insert(options.begin(), {"nosuid", "nodev", "noexec"});
    return {target, "tmpfs", "tmpfs", options};
  }
  if (!has(options, "bind") && !has(options, "rbind")) {
    options.emplace_back("rbind");
  }
  constexpr std::array<std::string_view, 8> propagations{
      "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable"};
  if (std::none_of(propagations.begin(), propagations.end(),
                   [&](std::string_view name) { return has(options, name); })) {
    options.emplace_back("rprivate");
  }
  return bindMount(mount.source, target, std::move(options));
}

std::size_t depth(const oci::Mount& mount) {
  return static_cast<std::size_t>(
      std::count(mount.destination.begin(), mount.destination.end(), '/'));
}

void checkOptions(const Mount& mount) {
  for (const std::string& option : mount.options) {
    const std::string_view name = std::string_view(option).substr(0, option.find('='));
    if (name == "U" || name == "O" || name == "idmap" || name == "upperdir" || name == "workdir") {
      throw Error(ErrorKind::unsupported,
                  cat("mount ", mount.target, ": the option \"", option, "\" is not supported"));
    }
  }
}

}  // namespace

void checkMount(const Mount& mount) {
  if (mount.target.empty() || mount.target.front() != '/') {
    throw Error(ErrorKind::invalid,
                cat("invalid container path \"", mount.target, "\", must be an absolute path"));
  }
  if (normal(mount.target) == "/") {
    throw Error(ErrorKind::invalid,
                "invalid container path \"/\": the root cannot be mounted over");
  }
  checkOptions(mount);
  if (mount.type == "tmpfs") {
    return;
  }
  if (mount.type != "bind") {
    throw Error(ErrorKind::unsupported,
                cat("mount ", mount.target, ": type \"", mount.type, "\" is not supported"));
  }
  if (mount.source.empty() || mount.source.front() != '/') {
    throw Error(ErrorKind::invalid, cat("mount ", mount.target, ": source \"", mount.source,
                                        "\" must be an absolute path of the host"));
  }
  struct stat status {};
  if (::stat(mount.source.c_str(), &status) != 0) {
    const Error cause = systemError("mount ", mount.target, ": source ", mount.source);
    throw Error(ErrorKind::invalid, cause.what(), cause.code());
  }
}

std::vector<oci::Mount> buildMounts(const SpecInput& input) {
  std::vector<oci::Mount> mounts;
  addStandard(input, mounts);
  addNameFiles(input, mounts);
  addScratch(input, mounts);
  std::vector<oci::Mount> asked;
  if (input.pod != nullptr) {
    for (const Mount& mount : input.pod->spec.mounts) {
      put(asked, converted(mount));
    }
  }
  for (const Mount& mount : input.spec.mounts) {
    put(asked, converted(mount));
  }
  // What is mounted below another mount comes after it.
  std::stable_sort(asked.begin(), asked.end(), [](const oci::Mount& one, const oci::Mount& other) {
    return depth(one) < depth(other);
  });
  for (oci::Mount& mount : asked) {
    put(mounts, std::move(mount));
  }
  if (input.spec.init) {
    put(mounts, bindMount(input.spec.initPath, initTarget, {"bind", "rprivate", "ro"}));
  }
  return mounts;
}

}  // namespace engine
