#include "kernel/namespace.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "base/error.h"

Namespace Namespace::open(NamespaceKind kind, const std::string& path) {
  const NamespaceTraits& wanted = traits(kind);
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    const Error error = systemError("opening ", wanted.name, " namespace ", path);
    throw error.code() == ENOENT ? Error(ErrorKind::not_found, error.what(), ENOENT) : error;
  }
  const int type = ioctl(fd.get(), NS_GET_NSTYPE);
  if (type != wanted.cloneFlag) {
    throw Error(ErrorKind::invalid, cat(path, " is no ", wanted.name, " namespace"));
  }
  return {kind, std::move(fd)};
}

Namespace Namespace::of(pid_t pid, NamespaceKind kind) {
  return open(kind, cat("/proc/", pid, "/ns/", traits(kind).name));
}

void Namespace::enter() const {
  if (setns(fd_.get(), traits(kind_).cloneFlag) != 0) {
    throw systemError("entering a ", traits(kind_).name, " namespace");
  }
}
