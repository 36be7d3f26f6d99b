#pragma once

#include <vector>

#include "kernel/fd.h"
#include "runtime/launch.h"
#include "runtime/namespaces.h"
#include "runtime/report.h"

namespace runtime {

/// What a child needs that its launcher opened before the clone.
struct ChildPlan {
  const oci::RuntimeSpec& spec;
  const LaunchOptions& options;
  NamespacePlan namespaces;
  std::vector<UniqueFd> cgroupFiles;  ///< to write "0" into
  UniqueFd target;                    ///< exec: pidfd of the container's process
};

/// The way from clone to execve, each a list of steps. What fails is thrown.
[[noreturn]] void runContainerChild(const ChildPlan& plan, const Reporter& reporter);
[[noreturn]] void runExecChild(const ChildPlan& plan, const Reporter& reporter);

// Steps of every child.
void dieWithLauncher(const Reporter& reporter);
void attachToCgroups(const std::vector<UniqueFd>& files);
void enterNamespaces(const NamespacePlan& plan);
void setHostname(const NamespacePlan& plan, const std::string& name);

}  // namespace runtime
