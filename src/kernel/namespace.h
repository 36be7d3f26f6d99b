#pragma once

#include <sys/types.h>

#include <string>

#include "base/namespace_kind.h"
#include "kernel/fd.h"

/// A reference to a namespace of any kind: it exists as long as this descriptor, or a process is in
/// it.
class Namespace {
 public:
  /// /proc/PID/ns/KIND, or a place where somebody bind-mounted a namespace. Error (not_found) where
  /// it is not there, Error (invalid) where it is no namespace of this kind.
  static Namespace open(NamespaceKind kind, const std::string& path);
  static Namespace of(pid_t pid, NamespaceKind kind);
  /// A descriptor that is known to be one.
  static Namespace adopt(NamespaceKind kind, UniqueFd fd) { return {kind, std::move(fd)}; }

  int fd() const { return fd_.get(); }
  NamespaceKind kind() const { return kind_; }
  UniqueFd release() { return std::move(fd_); }

  /// Moves the calling thread into it; of a pid namespace, only the children it has from then on.
  void enter() const;

 private:
  Namespace(NamespaceKind kind, UniqueFd fd) : kind_(kind), fd_(std::move(fd)) {}
  NamespaceKind kind_;
  UniqueFd fd_;
};
