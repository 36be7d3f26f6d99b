#pragma once

#include <string>
#include <vector>

namespace cli {

/// The descriptors that `top` was asked for: words that are comma-separated lists. Error
/// (unsupported) for options of ps.
std::vector<std::string> topDescriptors(const std::vector<std::string>& arguments);

}  // namespace cli
