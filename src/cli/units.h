#pragma once

#include <cstdint>
#include <string>

namespace cli {

/// As image sizes in Podman's lists: decimal, three significant digits or one place: "1.23 kB",
/// "12.3 MB", "187 MB".
std::string humanSize(std::uint64_t bytes);
/// The same without the blank, as `stats` shows traffic: "12.3MB".
std::string compactSize(std::uint64_t bytes);
/// As memory in `stats`: binary, four significant digits: "1.2MiB", "512KiB".
std::string binarySize(std::uint64_t bytes);

}  // namespace cli
