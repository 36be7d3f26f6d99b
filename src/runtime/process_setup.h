#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "kernel/capability.h"
#include "kernel/seccomp.h"
#include "kernel/tty.h"
#include "runtime/launch.h"
#include "runtime/report.h"
#include "runtime/user.h"

namespace runtime {

/// What becomes of a working directory that is not there.
enum class MissingDirectory { created, refused };

/// The part of a child's way that is about the process itself, the same for a container and for an
/// exec: from one with all of root's rights inside the container to the program that the
/// specification names.
class ProcessSetup {
 public:
  /// Throws Error (invalid) for names that do not exist.
  ProcessSetup(const oci::RuntimeSpec& spec, const LaunchOptions& options,
               const Reporter& reporter);

  // While the host's file system is there.
  void loadSeccomp();
  void setOomScore() const;

  // Inside the container's.
  void useStdio();
  void useTerminal(Terminal terminal);
  void findUser();
  void setLimits() const;
  void closeOthers();
  void enterWorkingDirectory(MissingDirectory missing) const;
  void reduceRights();
  /// What follows is seccomp, capabilities and execve alone; those who sent signals or died
  /// meanwhile are heard.
  void announceExecution() const;
  /// Returns only by throwing: no_command or not_executable where the file is the reason.
  [[noreturn]] void execute();

 private:
  void giveStdioToUser() const;
  void becomeUser() const;
  void installFilter() const;
  [[noreturn]] void search(const std::string& name, char** arguments, char** environment) const;

  const oci::Process& process_;
  const oci::RuntimeSpec& spec_;
  const LaunchOptions& options_;
  const Reporter& reporter_;
  Identity identity_;
  std::optional<SeccompFilter> filter_;
  struct {
    CapabilityMask bounding = 0, effective = 0, permitted = 0, inheritable = 0, ambient = 0;
  } capabilities_;
};

}  // namespace runtime
