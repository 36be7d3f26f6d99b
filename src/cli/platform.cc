#include "cli/platform.h"

#include <sys/utsname.h>

namespace cli {

std::string machineArchitecture() {
  utsname names{};
  uname(&names);
  const std::string machine = names.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

}  // namespace cli
