#include <fcntl.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include <cstdio>

#include "base/error.h"
#include "kernel/mount.h"

namespace {

/// The kernel leaves this mark behind to refuse a second mount, since after a crash of the machine
/// the files may be torn. An upper directory that is thrown away with its container may be.
void removeVolatileMark(const Path& work) {
  const Path directory = work / "work" / "incompat" / "volatile";
  if (unlink((directory / "dirty").c_str()) == 0) {
    rmdir(directory.c_str());
    rmdir(directory.parent_path().c_str());
  }
}

/// Since Linux 6.7. To ask an older one would leave a line in its log for each container.
bool takesLayersOneByOne() {
  utsname system{};
  uname(&system);
  unsigned major = 0, minor = 0;
  return std::sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 7));
}

DetachedMount makeOverlayOneByOne(const OverlayParts& parts) {
  FileSystem overlay("overlay");
  for (auto layer = parts.layers.rbegin(); layer != parts.layers.rend(); ++layer) {
    overlay.set("lowerdir+", layer->native());
  }
  overlay.set("upperdir", parts.upper.native());
  overlay.set("workdir", parts.work.native());
  if (parts.volatileUpper) {
    overlay.set("volatile");
  }
  // An image's device nodes are not devices here: those that a container may have are in /dev.
  return overlay.mount(MOUNT_ATTR_NODEV);
}

UniqueFd openDirectory(const Path& path) {
  UniqueFd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    throw systemError("opening directory ", path.native());
  }
  return fd;
}

}  // namespace

DetachedMount makeOverlay(const OverlayParts& parts) {
  if (parts.volatileUpper) {
    removeVolatileMark(parts.work);
  }
  return takesLayersOneByOne() ? makeOverlayOneByOne(parts) : makeOverlayByDescriptors(parts);
}

DetachedMount makeOverlayByDescriptors(const OverlayParts& parts) {
  const UniqueFd before = openDirectory(".");
  std::vector<UniqueFd> layers;
  std::string options = "lowerdir=";
  for (auto layer = parts.layers.rbegin(); layer != parts.layers.rend(); ++layer) {
    layers.push_back(openDirectory(*layer));
    options += cat(layers.size() > 1 ? ":" : "", layers.back().get());
  }
  const UniqueFd upper = openDirectory(parts.upper);
  const UniqueFd work = openDirectory(parts.work);
  options += cat(",upperdir=", upper.get(), ",workdir=", work.get(),
                 parts.volatileUpper ? ",volatile" : "");
  if (chdir("/proc/self/fd") != 0) {
    throw systemError("entering /proc/self/fd");
  }
  const int result = mount("overlay", parts.upper.c_str(), "overlay", MS_NODEV, options.c_str());
  const Error error = systemError("mounting an overlay of ", parts.layers.size(), " layers on ",
                                  parts.upper.native());
  if (fchdir(before.get()) != 0) {
    throw systemError("returning to the working directory");
  }
  if (result != 0) {
    throw error;
  }
  DetachedMount overlay = DetachedMount::clone(AT_FDCWD, parts.upper.native(), false);
  if (umount2(parts.upper.c_str(), MNT_DETACH) != 0) {
    throw systemError("unmounting ", parts.upper.native());
  }
  return overlay;
}
