#include "kernel/capability.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>

#include "base/error.h"
#include "base/text.h"

namespace {

constexpr std::array<std::string_view, 41> knownCapabilities{"CHOWN",
                                                             "DAC_OVERRIDE",
                                                             "DAC_READ_SEARCH",
                                                             "FOWNER",
                                                             "FSETID",
                                                             "KILL",
                                                             "SETGID",
                                                             "SETUID",
                                                             "SETPCAP",
                                                             "LINUX_IMMUTABLE",
                                                             "NET_BIND_SERVICE",
                                                             "NET_BROADCAST",
                                                             "NET_ADMIN",
                                                             "NET_RAW",
                                                             "IPC_LOCK",
                                                             "IPC_OWNER",
                                                             "SYS_MODULE",
                                                             "SYS_RAWIO",
                                                             "SYS_CHROOT",
                                                             "SYS_PTRACE",
                                                             "SYS_PACCT",
                                                             "SYS_ADMIN",
                                                             "SYS_BOOT",
                                                             "SYS_NICE",
                                                             "SYS_RESOURCE",
                                                             "SYS_TIME",
                                                             "SYS_TTY_CONFIG",
                                                             "MKNOD",
                                                             "LEASE",
                                                             "AUDIT_WRITE",
                                                             "AUDIT_CONTROL",
                                                             "SETFCAP",
                                                             "MAC_OVERRIDE",
                                                             "MAC_ADMIN",
                                                             "SYSLOG",
                                                             "WAKE_ALARM",
                                                             "BLOCK_SUSPEND",
                                                             "AUDIT_READ",
                                                             "PERFMON",
                                                             "BPF",
                                                             "CHECKPOINT_RESTORE"};

constexpr CapabilityMask bit(unsigned capability) {
  return CapabilityMask{1} << capability;
}

using Data = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header() {
  return {_LINUX_CAPABILITY_VERSION_3, 0};
}

CapabilityMask whole(std::uint32_t low, std::uint32_t high) {
  return low | (CapabilityMask{high} << 32U);
}

}  // namespace

std::optional<unsigned> capabilityByName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    plain += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (plain.rfind("CAP_", 0) == 0) {
    plain.erase(0, 4);
  }
  for (unsigned i = 0; i < knownCapabilities.size(); ++i) {
    if (knownCapabilities[i] == plain) {
      return i;
    }
  }
  return std::nullopt;
}

std::string capabilityName(unsigned capability) {
  return capability < knownCapabilities.size() ? cat("CAP_", knownCapabilities[capability])
                                               : cat("CAP_", capability);
}

unsigned lastCapability() {
  // The bounding set can be asked about exactly those that exist.
  static const unsigned last = [] {
    unsigned capability = knownCapabilities.size() - 1;
    while (capability > 0 && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) {
      --capability;
    }
    return capability;
  }();
  return last;
}

CapabilityMask allCapabilities() {
  return bit(lastCapability() + 1) - 1;
}

CapabilityMask capabilityMask(const std::vector<std::string>& wanted) {
  CapabilityMask mask = 0;
  for (const std::string& name : wanted) {
    const auto capability = capabilityByName(name);
    if (!capability) {
      throw Error(ErrorKind::invalid, cat("unknown capability \"", name, "\""));
    }
    mask |= bit(*capability);
  }
  return mask & allCapabilities();
}

std::vector<std::string> capabilityNames(CapabilityMask mask) {
  std::vector<std::string> result;
  for (unsigned i = 0; i < knownCapabilities.size(); ++i) {
    if ((mask & bit(i)) != 0) {
      result.push_back(capabilityName(i));
    }
  }
  return result;
}

CapabilitySets currentCapabilities() {
  auto head = header();
  Data data{};
  if (syscall(SYS_capget, &head, data.data()) != 0) {
    throw systemError("reading capabilities");
  }
  return {whole(data[0].effective, data[1].effective), whole(data[0].permitted, data[1].permitted),
          whole(data[0].inheritable, data[1].inheritable)};
}

void setCapabilities(const CapabilitySets& sets) {
  auto head = header();
  Data data{};
  for (unsigned i = 0; i < data.size(); ++i) {
    const unsigned shift = 32 * i;
    data[i] = {static_cast<std::uint32_t>(sets.effective >> shift),
               static_cast<std::uint32_t>(sets.permitted >> shift),
               static_cast<std::uint32_t>(sets.inheritable >> shift)};
  }
  if (syscall(SYS_capset, &head, data.data()) != 0) {
    throw systemError("setting capabilities");
  }
}

void limitBoundingSet(CapabilityMask keep) {
  for (unsigned capability = 0; capability <= lastCapability(); ++capability) {
    if ((keep & bit(capability)) == 0 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      const Error error =
          systemError("dropping ", capabilityName(capability), " from the bounding set");
      // Refused to those without CAP_SETPCAP even where it has been dropped before.
      if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 0) {
        throw error;
      }
    }
  }
}

void setAmbientSet(CapabilityMask mask) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    throw systemError("clearing ambient capabilities");
  }
  for (unsigned capability = 0; capability <= lastCapability(); ++capability) {
    if ((mask & bit(capability)) != 0 &&
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
      throw systemError("raising ambient ", capabilityName(capability));
    }
  }
}
