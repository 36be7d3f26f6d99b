#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

class Invocation;
class Options;

/// `top` and `pod top`: how each takes its object from the arguments and what it asks of it.
struct TopSubject {
  std::string_view latestHelp;
  std::function<std::string(Invocation&, const Options&, bool latest, std::vector<std::string>&)>
      take;
  std::function<std::vector<std::vector<std::string>>(const std::string& name,
                                                      const std::vector<std::string>& descriptors)>
      rows;
};

int printTop(Invocation& invocation, Options& options, const TopSubject& subject);

}  // namespace cli
