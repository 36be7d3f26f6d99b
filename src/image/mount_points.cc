#include "image/mount_points.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "kernel/mount.h"
#include "kernel/process.h"
#include "kernel/rootdir.h"

namespace image {
namespace {

void makeAll(const RootDir& root) {
  for (const char* directory : {"/proc", "/dev", "/sys"}) {
    root.makeDirectory(directory);
  }
  for (const char* file : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}) {
    root.makeFile(file);
  }
}

}  // namespace

void addMountPoints(const Layout& layout, Staging& staging, const std::string& imageId,
                    const std::vector<std::string>& diffIds) {
  const Path place = layout.mountPoints(imageId);
  if (std::filesystem::exists(place)) {
    return;
  }
  // What the kernel writes into an upper directory is a layer, with the attributes of the
  // directories that the image has already.
  OverlayParts parts{
      .layers = {}, .upper = staging.fresh(), .work = staging.fresh(), .volatileUpper = true};
  for (const std::string& diffId : diffIds) {
    parts.layers.push_back(layout.layerFiles(diffId));
  }
  makeDirectories(parts.upper, 0755);
  makeDirectories(parts.work, 0700);
  try {
    runApart(
        [&] {
          setPropagation("/", MS_PRIVATE);
          umask(0);
          makeAll(RootDir(makeOverlay(parts).release()));
        },
        CLONE_NEWNS);
  } catch (const Error&) {
    return;
  }
  std::filesystem::rename(parts.upper, place);
}

}  // namespace image
