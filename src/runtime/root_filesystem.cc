#include "runtime/root_filesystem.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <map>

#include "base/error.h"
#include "runtime/devices.h"

namespace runtime {

namespace {

UniqueFd openOrThrow(const char* path, int flags) {
  UniqueFd fd(open(path, flags | O_CLOEXEC));
  if (!fd) {
    throw systemError("opening ", path);
  }
  return fd;
}

void enterMountNamespace(const UniqueFd& mountNamespace) {
  if (setns(mountNamespace.get(), CLONE_NEWNS) != 0) {
    throw systemError("entering a mount namespace");
  }
}

DetachedMount borrow(const BorrowedMount& mount, const UniqueFd& own) {
  return within(cat("borrowing ", mount.source, " from process ", mount.from), [&] {
    enterMountNamespace(openOrThrow(cat("/proc/", mount.from, "/ns/mnt").c_str(), O_RDONLY));
    DetachedMount tree = DetachedMount::clone(AT_FDCWD, mount.source, true);
    enterMountNamespace(own);
    return tree;
  });
}

bool isDirectory(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    throw systemError("reading a mount's file type");
  }
  return S_ISDIR(status.st_mode);
}

/// A tmpfs looks like the directory that it covers, unless its options say otherwise.
void takeOverOwner(FileSystem& tmpfs, const MountOptions& options, int directory) {
  struct stat status {};
  if (fstat(directory, &status) != 0) {
    throw systemError("reading a directory's mode");
  }
  char mode[8];
  std::snprintf(mode, sizeof mode, "%o", status.st_mode & 07777U);
  const std::map<std::string, std::string> values{{"mode", mode},
                                                  {"uid", std::to_string(status.st_uid)},
                                                  {"gid", std::to_string(status.st_gid)}};
  for (const auto& [name, value] : values) {
    if (!options.has(name)) {
      tmpfs.set(name, value);
    }
  }
}

/// 0: as everything is in a new mount namespace, private.
std::uint64_t rootPropagationOf(const oci::RuntimeSpec& spec) {
  const std::string& name = spec.linux_.rootfsPropagation;
  if (name.empty()) {
    return 0;
  }
  const auto propagation = propagationByName(name);
  if (!propagation) {
    throw Error(ErrorKind::invalid, cat("linux.rootfsPropagation \"", name,
                                        "\" is not private, slave, shared or unbindable"));
  }
  return *propagation;
}

}  // namespace

RootFilesystem::RootFilesystem(const oci::RuntimeSpec& spec, const LaunchOptions& options)
    : spec_(spec), options_(options), rootPropagation_(rootPropagationOf(spec)), root_(UniqueFd()) {
  for (const oci::Mount& mount : spec.mounts) {
    planned_.push_back({&mount,
                        within(cat("mounting ", mount.destination),
                               [&] { return MountOptions::parse(mount.options); }),
                        {},
                        {}});
  }
}

void RootFilesystem::collectSources() {
  for (Planned& planned : planned_) {
    within(cat("mounting ", planned.mount->source, " on ", planned.mount->destination),
           [&] { collectSource(planned); });
  }
  if (!options_.borrowed.empty()) {
    const UniqueFd own = openOrThrow("/proc/thread-self/ns/mnt", O_RDONLY);
    for (const BorrowedMount& mount : options_.borrowed) {
      borrowed_.push_back(borrow(mount, own));
    }
  }
  if (!spec_.linux_.maskedPaths.empty()) {
    // The host's: /dev/null of the container could be anything (CVE-2025-31133).
    emptyFile_ = DetachedMount::clone(AT_FDCWD, "/dev/null", false);
  }
}

void RootFilesystem::collectSource(Planned& planned) {
  const oci::Mount& mount = *planned.mount;
  if (mount.type == "cgroup" || mount.type == "cgroup2") {
    // Who can remount could write into what others see, or make the host's tmpfs read-only.
    const Path places = mayRemount(spec_.process) ? Path() : options_.cgroupPlaces;
    planned.cgroup.emplace(options_.cgroup, places);
  } else if (planned.options.bind || mount.type == "bind") {
    planned.options.bind = true;
    planned.source = DetachedMount::clone(AT_FDCWD, mount.source, planned.options.recursive);
  }
}

void RootFilesystem::enterRoot() {
  setPropagation("/", MS_PRIVATE);
  replaceRoot(takeRoot());
  root_ = RootDir::open("/");
}

DetachedMount RootFilesystem::takeRoot() const {
  if (!options_.overlay) {
    return DetachedMount::clone(AT_FDCWD, spec_.root.path, true);
  }
  const Overlay& overlay = *options_.overlay;
  if (overlay.lock >= 0 && flock(overlay.lock, LOCK_EX) != 0) {
    throw systemError("waiting for the container's former file system to be unmounted");
  }
  return makeOverlay({overlay.layers, overlay.upper, overlay.work, overlay.volatileUpper});
}

void RootFilesystem::mountAll() {
  for (const Planned& planned : planned_) {
    within(cat("mounting ", planned.mount->type, " on ", planned.mount->destination),
           [&] { mountOne(planned); });
  }
}

void RootFilesystem::mountOne(const Planned& planned) {
  const oci::Mount& mount = *planned.mount;
  const MountOptions& options = planned.options;
  if (planned.cgroup) {
    planned.cgroup->mount(root_.makeDirectory(mount.destination).get());
    return;
  }
  if (planned.source) {
    MountAttributes attributes = options.attributes;
    if (attributes.propagation == 0) {
      attributes.propagation = MS_PRIVATE;
    }
    // A read-only volume is so with everything below it, as with Docker since 25 and unlike
    // mount(8).
    planned.source->change(attributes, options.recursive || options.recursiveAttributes);
    attach(*planned.source, mount.destination);
    return;
  }
  const UniqueFd target = root_.makeDirectory(mount.destination);
  FileSystem fileSystem(mount.type);
  fileSystem.set("source", mount.source.empty() ? mount.type : mount.source);
  for (const auto& [name, value] : options.data) {
    value.empty() ? fileSystem.set(name) : fileSystem.set(name, value);
  }
  if (mount.type == "tmpfs") {
    takeOverOwner(fileSystem, options, target.get());
  }
  DetachedMount made = fileSystem.mount(options.attributes.set);
  made.attach(target.get());
  if (mount.type == "sysfs" && !emptyDirectory_ && !spec_.linux_.maskedPaths.empty()) {
    // Before something is mounted there.
    emptyDirectory_.emplace(DetachedMount::clone(made.fd(), "fs/cgroup", false));
  }
  if (mount.type == "proc") {
    proc_ = made.release();
  }
}

void RootFilesystem::attach(const DetachedMount& mount, const std::string& destination) {
  const UniqueFd target =
      isDirectory(mount.fd()) ? root_.makeDirectory(destination) : root_.makeFile(destination);
  mount.attach(target.get());
}

void RootFilesystem::attachBorrowed() {
  for (std::size_t i = 0; i < borrowed_.size(); ++i) {
    const std::string& destination = options_.borrowed[i].destination;
    within(cat("mounting on ", destination), [&] { attach(borrowed_[i], destination); });
  }
}

bool RootFilesystem::hasOwnDev() const {
  for (const Planned& planned : planned_) {
    if (planned.mount->destination == "/dev" && planned.options.bind) {
      return false;
    }
  }
  return true;
}

void RootFilesystem::createDevices() {
  if (hasOwnDev()) {
    createDefaultDevices(root_.makeDirectory("/dev").get());
  }
  for (const oci::Device& device : spec_.linux_.devices) {
    createDevice(root_, device);
  }
}

Terminal RootFilesystem::createTerminal() {
  Terminal terminal = openTerminal(root_.open("/dev/pts", O_RDONLY | O_DIRECTORY).get());
  DetachedMount::clone(terminal.slave.get(), "", false)
      .attach(root_.makeFile("/dev/console").get());
  return terminal;
}

void RootFilesystem::setSysctls() {
  for (const auto& [name, value] : spec_.linux_.sysctl) {
    std::string path = "sys/";
    for (const char c : name) {
      path += c == '.' ? '/' : c;
    }
    if (!proc_) {
      throw Error(ErrorKind::invalid, cat("setting sysctl ", name, " needs a mounted /proc"));
    }
    // Relative to the file system itself: no file of the image can stand in for it
    // (CVE-2025-52881).
    const UniqueFd file = within(cat("setting sysctl ", name), [&] {
      return RootDir(UniqueFd(fcntl(proc_.get(), F_DUPFD_CLOEXEC, 3))).open(path, O_WRONLY);
    });
    if (write(file.get(), value.data(), value.size()) < 0) {
      throw systemError("setting sysctl ", name, " to ", value);
    }
  }
}

void RootFilesystem::hidePaths() {
  for (const std::string& path : spec_.linux_.readonlyPaths) {
    const auto target = root_.tryOpen(path, O_PATH);
    if (target) {
      const DetachedMount same = within(cat("making ", path, " read-only"), [&] {
        return DetachedMount::clone(target->get(), "", true);
      });
      same.change({MOUNT_ATTR_RDONLY, 0, 0}, true);
      same.attach(target->get());
    }
  }
  if (!spec_.linux_.maskedPaths.empty()) {
    Cover emptyDirectory(takeEmptyDirectory());
    Cover emptyFile(std::move(*emptyFile_));
    for (const std::string& path : spec_.linux_.maskedPaths) {
      within(cat("masking ", path), [&] { hide(path, emptyDirectory, emptyFile); });
    }
  }
}

DetachedMount RootFilesystem::takeEmptyDirectory() {
  constexpr std::uint64_t attributes =
      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  if (emptyDirectory_) {
    emptyDirectory_->change({attributes, 0, MS_PRIVATE}, false);
    return std::move(*emptyDirectory_);
  }
  FileSystem tmpfs("tmpfs");
  tmpfs.set("mode", "755");
  return tmpfs.mount(attributes);
}

void RootFilesystem::hide(const std::string& path, Cover& emptyDirectory, Cover& emptyFile) {
  const auto target = root_.tryOpen(path, O_PATH);
  if (target) {
    (isDirectory(target->get()) ? emptyDirectory : emptyFile).put(target->get());
  }
}

void RootFilesystem::Cover::put(int target) {
  // A mount is attached in one place only, so the others get a clone; and before Linux 6.15 only
  // one that is attached can be cloned.
  if (std::exchange(attached_, true)) {
    DetachedMount::clone(mount_.fd(), "", false).attach(target);
  } else {
    mount_.attach(target);
  }
}

void RootFilesystem::changeRoot() {
  if (!spec_.root.readonly && rootPropagation_ == 0) {
    return;
  }
  const DetachedMount root(UniqueFd(fcntl(root_.fd(), F_DUPFD_CLOEXEC, 3)));
  if (spec_.root.readonly) {
    root.change({MOUNT_ATTR_RDONLY, 0, 0}, false);
  }
  if (rootPropagation_ != 0) {
    root.change({0, 0, rootPropagation_}, spec_.linux_.rootfsPropagation.front() == 'r');
  }
}

}  // namespace runtime
