#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "kernel/capability.h"
#include "kernel/seccomp.h"
#include "spec/runtime.h"

namespace runtime {

/// Our own profile (share/seccomp.json), and a digest of it.
extern const std::string_view defaultSeccompProfile;
extern const std::string_view defaultSeccompDigest;

/// Where the default profile comes from: /etc/containers/seccomp.json,
/// /usr/share/containers/seccomp.json, or, where the machine has neither, an empty path for our
/// own.
Path defaultSeccompPath();

/// The rules of a profile in the format of containers/common and Docker (defaultAction, archMap,
/// syscalls with "includes" and "excludes") that hold for a container with these capabilities on
/// this machine. Error (invalid) that says what is wrong with it.
oci::Seccomp readSeccompProfile(std::string_view text, CapabilityMask capabilities);

SeccompFilter compileSeccomp(const oci::Seccomp& seccomp);

/// The file with the compiled filter of a profile, for LaunchOptions::seccompFilter. An empty
/// profile is the default one. It is made where it is missing or the profile's file has changed
/// since; usually this reads no profile at all.
Path seccompFilterFor(const Path& profile, CapabilityMask capabilities, const Path& cache);
/// The same for rules that are in a specification already.
Path seccompFilterFor(const oci::Seccomp& seccomp, const Path& cache);

SeccompFilter readSeccompFilter(const Path& file);

}  // namespace runtime
