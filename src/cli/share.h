#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/namespace_kind.h"

namespace cli {

std::set<NamespaceKind> defaultShare();

/// What `--share` says, given once or more, each a comma-separated list: names of namespaces;
/// "none" or nothing at all for no namespace; a list that starts with "+" adds to the default.
/// Error (invalid) lists the names there are.
std::set<NamespaceKind> parseShare(const std::vector<std::string>& values);

}  // namespace cli
