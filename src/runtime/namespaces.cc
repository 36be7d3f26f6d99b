#include "runtime/namespaces.h"

#include <sched.h>

#include <cstdlib>

#include "base/error.h"

namespace runtime {

NamespacePlan::NamespacePlan(const std::vector<oci::LinuxNamespace>& namespaces) {
  for (const oci::LinuxNamespace& wanted : namespaces) {
    if (wanted.type == "mount" && wanted.path.empty()) {
      continue;  // always new
    }
    const auto kind = namespaceByOciType(wanted.type);
    if (!kind) {
      throw Error(ErrorKind::unsupported,
                  cat("namespace of type \"", wanted.type, "\"",
                      wanted.path.empty() ? "" : cat(" at ", wanted.path), " is not supported"));
    }
    if (wanted.path.empty()) {
      makeNew(*kind);
    } else {
      join(Namespace::open(*kind, wanted.path));
    }
  }
}

void NamespacePlan::join(Namespace other) {
  if (other.kind() == NamespaceKind::pid) {
    pid_.emplace(std::move(other));
  } else {
    joined_.push_back(std::move(other));
  }
}

std::uint64_t NamespacePlan::cloneFlags() const {
  std::uint64_t flags = CLONE_NEWNS;
  for (const NamespaceKind kind : new_) {
    if (kind != NamespaceKind::cgroup) {
      flags |= static_cast<std::uint64_t>(traits(kind).cloneFlag);
    }
  }
  return flags;
}

void NamespacePlan::enterJoined() const {
  for (const Namespace& other : joined_) {
    other.enter();
  }
}

ChildrenIn::ChildrenIn(int pidNamespace)
    : own_(Namespace::open(NamespaceKind::pid, "/proc/thread-self/ns/pid")) {
  if (setns(pidNamespace, CLONE_NEWPID) != 0) {
    throw systemError("entering a pid namespace");
  }
}

ChildrenIn::~ChildrenIn() {
  if (setns(own_.fd(), CLONE_NEWPID) != 0) {
    std::abort();  // all later children would be born into somebody else's namespace
  }
}

}  // namespace runtime
