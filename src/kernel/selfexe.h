#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "kernel/fd.h"

/// The path of one of our programs ("peapod", "peapod-keeper", "pause", "peapod-unpack"): beside
/// the running one (a build tree), or in an installation's bin/ and libexec/peapod/. PEAPOD_LIBEXEC
/// says where to look instead of beside the running one. Error (not_found) that says where it was
/// looked for.
Path program(const std::string& name);

/// A program on a detached, read-only clone of the mount it is on. A process that was executed from
/// it may enter a container: whoever opens its /proc/PID/exe there cannot write to the host's file
/// (CVE-2019-5736).
class SealedProgram {
 public:
  explicit SealedProgram(const Path& path);
  /// The directory on that mount.
  int mount() const { return mount_.get(); }
  /// execveat(2); returns only by throwing. Safe after a clone that shares memory.
  [[noreturn]] void execute(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& environment) const;

 private:
  Path path_;
  UniqueFd mount_;
};

/// The running program on such a mount, for a child that is going to enter a container.
class SealedSelf {
 public:
  /// Empty where the program is on a read-only mount already. Where the kernel does not let a
  /// child wear it (kernel/exe_file.h), the program is executed anew from the sealed mount, with
  /// these arguments; so this comes first of all that a command does. Error (denied) without
  /// CAP_SYS_ADMIN.
  explicit SealedSelf(char** arguments);
  /// In the child, before it enters: it runs from the sealed file from then on.
  void wear() const;
  /// Lets the mount go, in the process that made it. It ends with the last descriptor, and whoever
  /// closes that waits for an RCU grace period: better once the child has closed its own.
  void release() { mount_.reset(); }

 private:
  UniqueFd mount_, file_;
};

/// While it lives, other processes cannot trace this one or look through its /proc/PID, and neither
/// can they its children until these execute something else (prctl(2), PR_SET_DUMPABLE).
class NotDumpable {
 public:
  NotDumpable();
  ~NotDumpable();
  NotDumpable(const NotDumpable&) = delete;
  NotDumpable& operator=(const NotDumpable&) = delete;

 private:
  int before_;
};
