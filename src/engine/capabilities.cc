#include "engine/capabilities.h"

#include <algorithm>

#include "base/error.h"
#include "kernel/capability.h"
#include "runtime/seccomp_profile.h"

namespace engine {

namespace {

const std::vector<std::string> defaultSet{"CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FOWNER",
                                          "CAP_FSETID",  "CAP_KILL",         "CAP_NET_BIND_SERVICE",
                                          "CAP_SETFCAP", "CAP_SETGID",       "CAP_SETPCAP",
                                          "CAP_SETUID",  "CAP_SYS_CHROOT"};

CapabilityMask maskOf(const std::vector<std::string>& names) {
  CapabilityMask mask = 0;
  for (const std::string& name : names) {
    // Nobody can hand on what it does not have itself.
    mask |= lower(name) == "all" ? currentCapabilities().permitted : capabilityMask({name});
  }
  return mask;
}

bool hasAll(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return lower(name) == "all"; });
}

}  // namespace

std::vector<std::string> boundingCapabilities(bool privileged, const std::vector<std::string>& add,
                                              const std::vector<std::string>& drop) {
  const CapabilityMask added = maskOf(add);
  const CapabilityMask dropped = maskOf(drop);
  if (!hasAll(add) && !hasAll(drop) && (added & dropped) != 0) {
    throw Error(ErrorKind::invalid, cat("capability ", capabilityNames(added & dropped).front(),
                                        " cannot be both added and dropped"));
  }
  if (hasAll(drop)) {
    return capabilityNames(added);
  }
  const CapabilityMask base =
      privileged ? currentCapabilities().permitted : capabilityMask(defaultSet);
  return capabilityNames((base | added) & ~dropped);
}

oci::Capabilities capabilitySets(const std::string& user, const std::vector<std::string>& bounding,
                                 const std::vector<std::string>& add) {
  if (isRoot(user)) {
    return {bounding, bounding, {}, bounding, {}};
  }
  const std::vector<std::string> own = capabilityNames(maskOf(add) & capabilityMask(bounding));
  return {bounding, own, own, own, own};
}

Path seccompFilterOf(const Context& context, const ContainerSpec& spec) {
  if (spec.seccompProfile == "unconfined" || (spec.privileged && spec.seccompProfile.empty())) {
    return {};
  }
  const auto bounding = boundingCapabilities(spec.privileged, spec.capAdd, spec.capDrop);
  return runtime::seccompFilterFor(spec.seccompProfile, capabilityMask(bounding),
                                   context.layout.seccompCache());
}

bool isRoot(const std::string& user) {
  const std::string name = user.substr(0, user.find(':'));
  return name.empty() || name == "root" || parseNumber<unsigned>(name) == 0U;
}

}  // namespace engine
