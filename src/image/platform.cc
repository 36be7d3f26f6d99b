#include "image/platform.h"

#include <sys/utsname.h>

#include <array>
#include <utility>

#include "base/json.h"

namespace image {
namespace {

struct Platform {
  std::string os, architecture, variant;
};

Platform platformOf(const Json& descriptor) {
  Platform platform;
  const auto found = descriptor.find("platform");
  if (found != descriptor.end() && found->is_object()) {
    readMember(*found, "os", platform.os);
    readMember(*found, "architecture", platform.architecture);
    readMember(*found, "variant", platform.variant);
  }
  return platform;
}

}  // namespace

std::string hostArchitecture() {
  utsname host{};
  uname(&host);
  const std::string_view machine = host.machine;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> names{{
      {"x86_64", "amd64"},
      {"aarch64", "arm64"},
      {"armv7l", "arm"},
      {"armv6l", "arm"},
      {"i686", "386"},
      {"i386", "386"},
      {"loongarch64", "loong64"},
  }};
  for (const auto& [kernelName, name] : names) {
    if (machine == kernelName) {
      return std::string(name);
    }
  }
  return std::string(machine);  // riscv64, ppc64le, s390x
}

bool isHostPlatform(const Json& descriptor) {
  const Platform platform = platformOf(descriptor);
  return platform.os.empty() ||
         (platform.os == "linux" && platform.architecture == hostArchitecture());
}

std::string platformText(const Json& descriptor) {
  const Platform platform = platformOf(descriptor);
  if (platform.os.empty()) {
    return "any";
  }
  return cat(platform.os, "/", platform.architecture, platform.variant.empty() ? "" : "/",
             platform.variant);
}

}  // namespace image
