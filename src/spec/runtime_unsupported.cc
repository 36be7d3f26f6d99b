#include "spec/runtime_unsupported.h"

#include <algorithm>
#include <array>

#include "base/error.h"

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

bool asksForNothing(const JsonText::Value& value) {
  constexpr std::array<std::string_view, 6> nothing{"null", "\"\"", "false", "0", "[]", "{}"};
  return std::find(nothing.begin(), nothing.end(), value.text()) != nothing.end();
}

void refuse(const JsonText::Value& value, std::string_view pointer, const std::string& way) {
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
    value.forEachElement([&](const JsonText::Value& element) { refuse(element, rest, way); });
  } else if (const auto member = value.find(name.c_str())) {
    refuse(*member, rest, way.empty() ? name : cat(way, ".", name));
  }
}

}  // namespace

void refuseUnsupported(const JsonText::Value& document) {
  for (const char* member : unsupportedMembers) {
    refuse(document, member, "");
  }
}

}  // namespace oci
