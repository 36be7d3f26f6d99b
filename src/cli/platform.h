#pragma once

#include <string>

namespace cli {

/// This machine's architecture by the name that Go, and so image configurations, have for it:
/// "amd64".
std::string machineArchitecture();

}  // namespace cli
