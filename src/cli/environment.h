#pragma once

#include <string>
#include <vector>

#include "spec/request.h"

namespace cli {

/// Where a container's environment variables come from; the later members win over the earlier
/// ones.
struct EnvironmentSources {
  bool httpProxy = false;  ///< http_proxy and its kin of the host
  bool host = false;       ///< all of the host's
  std::vector<std::string> files{};
  std::vector<std::string>
      texts{};  ///< "NAME=VALUE", "NAME" (the host's value), "PREFIX*" (the host's of that prefix)
};

/// "NAME=VALUE" for each variable, each name once.
std::vector<std::string> collectEnvironment(const EnvironmentSources& sources);

/// "KEY=VALUE" or "KEY" from each line of the files and then each text.
StringMap collectLabels(const std::vector<std::string>& files,
                        const std::vector<std::string>& texts);

/// The same for "KEY=VALUE" alone; the Error names the option.
StringMap keyValues(const std::string& option, const std::vector<std::string>& texts);

}  // namespace cli
