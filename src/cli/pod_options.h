#pragma once

#include <string>
#include <vector>

#include "cli/network_options.h"
#include "cli/options.h"
#include "spec/request.h"

namespace cli {

/// The options of `pod create`: those that become a PodSpec, and those about the command itself.
class PodOptions {
 public:
  explicit PodOptions(Options& options);

  /// The request; the argument, where there is one, is the pod's name.
  PodSpec spec(const std::vector<std::string>& arguments,
               const std::vector<std::string>& commandLine) const;

  bool replace = false;
  std::string podIdFile;

 private:
  void addIdentity(Options& options);
  void addSharing(Options& options);
  void addNotYet(Options& options);
  void applySharing(PodSpec& spec) const;

  const Options& options_;
  PodSpec spec_;
  NetworkOptions network_;
  std::vector<std::string> labels_, labelFiles_, sysctls_, share_;
};

}  // namespace cli
