#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "spec/request.h"

namespace cli {

using NamespaceModes = std::map<NamespaceKind, NamespaceMode>;

/// Reads the value of a namespace option ("--pid host") into the modes. What only some kinds have
/// ("none", "bridge", "shareable") is dealt with here too. The Error lists what the option takes.
void setNamespaceMode(NamespaceModes& modes, NamespaceKind kind, const std::string& text);

/// The options about the network that a pod and a container have alike.
class NetworkOptions {
 public:
  explicit NetworkOptions(Options& options);

  /// What was asked for; --network host, container:... and ns:... go into the modes.
  NetworkRequest request(NamespaceModes& modes) const;
  /// Whether any of the options was given.
  bool any() const;

 private:
  const Options& options_;
  std::optional<std::string> mode_;
  std::vector<std::string> ports_;
  NetworkRequest request_;
};

}  // namespace cli
