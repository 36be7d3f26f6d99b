#include "kernel/selfexe.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <cstdlib>

#include "base/error.h"
#include "kernel/exe_file.h"
#include "kernel/mount.h"

namespace {

constexpr int firstFree = 16;

Path ownProgram() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length < 0) {
    throw systemError("reading /proc/self/exe");
  }
  return std::string(path, static_cast<std::size_t>(length));
}

/// execve's form. The strings must outlive it.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) {
    result.push_back(const_cast<char*>(string.c_str()));  // NOLINT: execve does not write
  }
  result.push_back(nullptr);
  return result;
}

DetachedMount sealedDirectory(const Path& directory) {
  DetachedMount mount = DetachedMount::clone(AT_FDCWD, directory.native(), false);
  mount.change({.set = MOUNT_ATTR_RDONLY}, false);
  return mount;
}

}  // namespace

Path program(const std::string& name) {
  const char* given = getenv("PEAPOD_LIBEXEC");
  const Path directory = given != nullptr ? Path(given) : ownProgram().parent_path();
  const std::vector<Path> places{
      directory / name, directory.parent_path() / "libexec" / "peapod" / name,
      directory.parent_path().parent_path() / "bin" / name, Path("/usr/libexec/peapod") / name};
  for (const Path& place : places) {
    if (access(place.c_str(), X_OK) == 0) {
      return place;
    }
  }
  throw Error(ErrorKind::not_found, cat("program ", name, " is not in ", directory.native(),
                                        " nor installed; PEAPOD_LIBEXEC may name its directory"));
}

SealedProgram::SealedProgram(const Path& path) : path_(path) {
  // The directory and not the file, so that the process keeps its name.
  DetachedMount mount =
      within(cat("sealing ", path.native()), [&] { return sealedDirectory(path.parent_path()); });
  // Out of the way of the descriptors that a program is started with.
  mount_.reset(fcntl(mount.fd(), F_DUPFD_CLOEXEC, firstFree));
  if (!mount_) {
    throw systemError("duplicating a descriptor");
  }
}

void SealedProgram::execute(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& environment) const {
  syscall(SYS_execveat, mount_.get(), path_.filename().c_str(), pointers(arguments).data(),
          pointers(environment).data(), 0);
  throw systemError("executing ", path_.native());
}

SealedSelf::SealedSelf(char** arguments) {
  struct statvfs mount {};
  if (statvfs("/proc/self/exe", &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0) {
    return;
  }
  const Path self = ownProgram();
  // The sealed program cannot be asked where its companions are.
  setenv("PEAPOD_LIBEXEC", self.parent_path().c_str(), 0);
  DetachedMount directory = [&] {
    try {
      return sealedDirectory(self.parent_path());
    } catch (const Error& error) {
      if (error.code() == EPERM) {
        throw Error(ErrorKind::denied, "entering a container needs root privileges", EPERM);
      }
      throw error.within(cat("sealing ", self.native()));
    }
  }();
  file_.reset(openat(directory.fd(), self.filename().c_str(), O_RDONLY | O_CLOEXEC));
  if (file_ && canChangeExeFile(file_.get())) {
    mount_ = directory.release();
    return;
  }
  syscall(SYS_execveat, directory.fd(), self.filename().c_str(), arguments, environ, 0);
  throw systemError("executing ", self.native(), " anew");
}

void SealedSelf::wear() const {
  if (file_) {
    changeExeFile(file_.get());
  }
}

NotDumpable::NotDumpable() : before_(prctl(PR_GET_DUMPABLE)) {
  if (before_ == 1) {
    prctl(PR_SET_DUMPABLE, 0);
  }
}

NotDumpable::~NotDumpable() {
  if (before_ == 1) {
    prctl(PR_SET_DUMPABLE, 1);
  }
}
