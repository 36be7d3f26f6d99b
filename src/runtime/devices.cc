#include "runtime/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <filesystem>

#include "base/error.h"

namespace runtime {

namespace {

struct Node {
  const char* name;
  unsigned major, minor;
};

constexpr std::array<Node, 6> defaultNodes{{{"null", 1, 3},
                                            {"zero", 1, 5},
                                            {"full", 1, 7},
                                            {"random", 1, 8},
                                            {"urandom", 1, 9},
                                            {"tty", 5, 0}}};

constexpr std::array<std::pair<const char*, const char*>, 6> defaultLinks{{
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
    {"core", "/proc/kcore"},
    {"ptmx", "pts/ptmx"},
}};

mode_t fileType(const oci::Device& device) {
  if (device.type == "c" || device.type == "u") {
    return S_IFCHR;
  }
  if (device.type == "b") {
    return S_IFBLK;
  }
  if (device.type == "p") {
    return S_IFIFO;
  }
  throw Error(ErrorKind::invalid,
              cat("device ", device.path, " has unknown type \"", device.type, "\""));
}

}  // namespace

void createDefaultDevices(int dev) {
  for (const Node& node : defaultNodes) {
    // The mask of the process is 0 here.
    if (mknodat(dev, node.name, S_IFCHR | 0666, makedev(node.major, node.minor)) != 0 &&
        errno != EEXIST) {
      throw systemError("creating /dev/", node.name);
    }
  }
  for (const auto& [name, target] : defaultLinks) {
    if (symlinkat(target, dev, name) != 0 && errno != EEXIST) {
      throw systemError("linking /dev/", name);
    }
  }
}

void createDevice(const RootDir& root, const oci::Device& device) {
  const std::filesystem::path path(device.path);
  const mode_t type = fileType(device);
  const dev_t number =
      makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
  const UniqueFd parent = root.makeDirectory(path.parent_path().native());
  if (mknodat(parent.get(), path.filename().c_str(), type | device.fileMode.value_or(0666),
              number) != 0) {
    struct stat there {};
    const Error error = systemError("creating device ", device.path);
    if (error.code() == EEXIST &&
        fstatat(parent.get(), path.filename().c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        (there.st_mode & S_IFMT) == type && there.st_rdev == number) {
      return;
    }
    throw error;
  }
  if ((device.uid || device.gid) &&
      fchownat(parent.get(), path.filename().c_str(), device.uid.value_or(0),
               device.gid.value_or(0), AT_SYMLINK_NOFOLLOW) != 0) {
    throw systemError("changing the owner of device ", device.path);
  }
}

}  // namespace runtime
