#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One bit per capability (capabilities(7)), bit 0 is CAP_CHOWN.
using CapabilityMask = std::uint64_t;

/// "CAP_NET_ADMIN", "net_admin"; nothing where there is none of this name.
std::optional<unsigned> capabilityByName(std::string_view name);
/// "CAP_NET_ADMIN".
std::string capabilityName(unsigned capability);
/// The highest capability that this kernel has.
unsigned lastCapability();
/// All of this kernel's.
CapabilityMask allCapabilities();
/// Throws Error (invalid) that names an unknown one. Those that are newer than the kernel are left
/// out.
CapabilityMask capabilityMask(const std::vector<std::string>& wanted);
std::vector<std::string> capabilityNames(CapabilityMask mask);

struct CapabilitySets {
  CapabilityMask effective = 0, permitted = 0, inheritable = 0;
};

/// Of the calling thread.
CapabilitySets currentCapabilities();
void setCapabilities(const CapabilitySets& sets);
/// Drops what is not in keep from the bounding set; needs CAP_SETPCAP where there is something to
/// drop.
void limitBoundingSet(CapabilityMask keep);
/// Replaces the ambient set; each must be permitted and inheritable.
void setAmbientSet(CapabilityMask mask);
