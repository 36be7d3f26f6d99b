#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/network_options.h"
#include "cli/options.h"
#include "spec/request.h"

namespace cli {

/// The options of `run` and `create`: those that become a ContainerSpec, and those about the
/// command itself.
class ContainerOptions {
 public:
  explicit ContainerOptions(Options& options);

  /// The request; arguments are IMAGE [COMMAND [ARG...]].
  ContainerSpec spec(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& commandLine) const;

  /// As typed: a name, an id, "new:NAME", or what --pod-id-file holds.
  std::string pod() const;
  bool namesNetwork() const { return network_.any(); }

  bool replace = false;
  std::string cidFile;

 private:
  void addIdentity(Options& options);
  void addProcess(Options& options);
  void addNamespaces(Options& options);
  void addSecurity(Options& options);
  void addStorage(Options& options);
  void addLifecycle(Options& options);
  void addPull(Options& options);
  void addNotYet(Options& options);
  void setSecurity(const std::string& text);
  void setLog(const std::string& text);
  void setEntrypoint(const std::string& text);

  ContainerSpec spec_;
  NetworkOptions network_;
  EnvironmentSources environment_;
  std::vector<std::string> labels_, labelFiles_, annotations_, sysctls_;
  std::string pod_, podIdFile_;
  bool readOnlyTmpfs_ = true;
};

}  // namespace cli
