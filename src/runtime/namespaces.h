#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "kernel/namespace.h"
#include "spec/runtime.h"

namespace runtime {

/// Which namespaces a process is to be in: new ones, others' (held open from here on), or the
/// caller's.
class NamespacePlan {
 public:
  /// Error (unsupported) for what peapod does not do: a mount or user namespace of somebody else's.
  explicit NamespacePlan(const std::vector<oci::LinuxNamespace>& namespaces);
  NamespacePlan() = default;

  void makeNew(NamespaceKind kind) { new_.insert(kind); }
  void join(Namespace other);

  bool isNew(NamespaceKind kind) const { return new_.contains(kind); }
  /// CLONE_NEW... of those that the clone itself makes; a cgroup namespace is made once the process
  /// is in its cgroup.
  std::uint64_t cloneFlags() const;
  /// A pid namespace is entered by being born into it, see ChildrenIn.
  const std::optional<Namespace>& pid() const { return pid_; }

  /// The child's part.
  void enterJoined() const;

 private:
  std::set<NamespaceKind> new_;
  std::vector<Namespace> joined_;
  std::optional<Namespace> pid_;
};

/// While it lives, what the calling thread clones is born into the pid namespace; the thread itself
/// never changes.
class ChildrenIn {
 public:
  /// A descriptor of a namespace, or of a process in it (pidfd).
  explicit ChildrenIn(int pidNamespace);
  ~ChildrenIn();
  ChildrenIn(const ChildrenIn&) = delete;
  ChildrenIn& operator=(const ChildrenIn&) = delete;

 private:
  Namespace own_;
};

}  // namespace runtime
