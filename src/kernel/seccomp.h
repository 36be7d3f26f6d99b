#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/seccomp_program.h"

/// A compiled filter, as seccomp(2) takes it.
using SeccompFilter = std::vector<sock_filter>;

/// Puts a filter together rule by rule. Names are those of the OCI specification: SCMP_ACT_...,
/// SCMP_ARCH_..., SCMP_CMP_....
class SeccompBuilder {
 public:
  struct Comparison {
    unsigned argument = 0;
    std::string operation;
    std::uint64_t value = 0, valueTwo = 0;
  };

  SeccompBuilder(const std::string& defaultAction, unsigned errnoReturned);

  /// Beside the native one, which is always there. System calls of others end the process.
  void addArchitecture(const std::string& name);
  /// The rule holds where all comparisons do. One without any is stronger than those with some; of
  /// equal ones the first holds. A system call that no architecture here has is passed over, since
  /// profiles are written for many kernels.
  void add(const std::string& systemCall, const std::string& action, unsigned errnoReturned,
           const std::vector<Comparison>& comparisons);
  SeccompFilter compile() const;

 private:
  struct Entry {
    std::string systemCall;
    seccomp_program::Case content;
  };
  void addTo(seccomp_program::Table& table, std::uint32_t architecture) const;

  std::uint32_t defaultAnswer_;
  std::vector<std::uint32_t> architectures_;  ///< libseccomp's SCMP_ARCH_...
  std::vector<Entry> entries_;
};

/// The architecture the running program is for: "SCMP_ARCH_X86_64", ....
std::string_view nativeArchitecture();

/// Installs the filter for this thread and what it becomes. flags: SECCOMP_FILTER_FLAG_.... Needs
/// no_new_privs or CAP_SYS_ADMIN.
void installSeccomp(const SeccompFilter& filter, unsigned flags = 0);
