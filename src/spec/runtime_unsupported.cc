#include "spec/runtime_unsupported.h"

#include <array>

#include "base/error.h"
#include "base/json.h"

namespace oci {
namespace {

/// In the order of config.md and config-linux.md; "*" is every element of a list. Rules about
/// devices (linux.resources.devices) are not here: nothing but the specification's own devices can
/// be made or opened in a container, whose file systems are mounted nodev.
constexpr std::array<const char*, 33> unsupportedMembers{"/domainname",
                                                         "/process/scheduler",
                                                         "/process/selinuxLabel",
                                                         "/process/ioPriority",
                                                         "/process/execCPUAffinity",
                                                         "/hooks/prestart",
                                                         "/hooks/createRuntime",
                                                         "/hooks/createContainer",
                                                         "/hooks/startContainer",
                                                         "/hooks/poststart",
                                                         "/hooks/poststop",
                                                         "/mounts/*/uidMappings",
                                                         "/mounts/*/gidMappings",
                                                         "/linux/uidMappings",
                                                         "/linux/gidMappings",
                                                         "/linux/timeOffsets",
                                                         "/linux/netDevices",
                                                         "/linux/memoryPolicy",
                                                         "/linux/intelRdt",
                                                         "/linux/personality",
                                                         "/linux/mountLabel",
                                                         "/linux/seccomp/listenerPath",
                                                         "/linux/resources/blockIO",
                                                         "/linux/resources/hugepageLimits",
                                                         "/linux/resources/network",
                                                         "/linux/resources/rdma",
                                                         "/linux/resources/unified",
                                                         "/linux/resources/memory/swappiness",
                                                         "/linux/resources/memory/disableOOMKiller",
                                                         "/linux/resources/cpu/realtimeRuntime",
                                                         "/linux/resources/cpu/realtimePeriod",
                                                         "/linux/resources/cpu/idle",
                                                         "/linux/resources/cpu/burst"};

bool asksForNothing(const Json& value) {
  return value.is_null() || value.empty() || value == "" || value == false || value == 0;
}

void refuse(const Json& value, std::string_view pointer, const std::string& way) {
  if (pointer.empty()) {
    if (!asksForNothing(value)) {
      throw Error(ErrorKind::unsupported, cat("\"", way, "\" is not supported"));
    }
    return;
  }
  const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
  const std::string name(pointer.substr(1, end - 1));
  const std::string_view rest = pointer.substr(end);
  if (name == "*" && value.is_array()) {
    for (const Json& element : value) {
      refuse(element, rest, way);
    }
  } else if (value.is_object() && value.contains(name)) {
    refuse(value[name], rest, way.empty() ? name : cat(way, ".", name));
  }
}

}  // namespace

void refuseUnsupported(const Json& document) {
  for (const char* member : unsupportedMembers) {
    refuse(document, member, "");
  }
}

}  // namespace oci
