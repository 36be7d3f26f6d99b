#include "kernel/seccomp.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"

namespace {

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 19> architectures{{
    {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
    {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
}};

using seccomp_program::Operation;

constexpr std::array<std::pair<std::string_view, Operation>, 7> operations{{
    {"SCMP_CMP_NE", Operation::ne},
    {"SCMP_CMP_LT", Operation::lt},
    {"SCMP_CMP_LE", Operation::le},
    {"SCMP_CMP_EQ", Operation::eq},
    {"SCMP_CMP_GE", Operation::ge},
    {"SCMP_CMP_GT", Operation::gt},
    {"SCMP_CMP_MASKED_EQ", Operation::maskedEq},
}};

// x32 is x86_64 to the kernel, with this bit in its system calls' numbers.
constexpr std::uint32_t x32Bit = 0x40000000;

template <typename Table>
auto lookUp(const Table& table, std::string_view name, const char* what) {
  for (const auto& [known, value] : table) {
    if (known == name) {
      return value;
    }
  }
  throw Error(ErrorKind::invalid, cat("seccomp: unknown ", what, " \"", name, "\""));
}

std::uint32_t answer(const std::string& name, unsigned errnoReturned) {
  if (name == "SCMP_ACT_ERRNO") {
    return SECCOMP_RET_ERRNO | (errnoReturned & SECCOMP_RET_DATA);
  }
  if (name == "SCMP_ACT_TRACE") {
    return SECCOMP_RET_TRACE | (errnoReturned & SECCOMP_RET_DATA);
  }
  static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 6> plain{{
      {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
      {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
      {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
      {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
      {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
      {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
  }};
  return lookUp(plain, name, "action");
}

}  // namespace

SeccompBuilder::SeccompBuilder(const std::string& defaultAction, unsigned errnoReturned)
    : defaultAnswer_(answer(defaultAction, errnoReturned)), architectures_{seccomp_arch_native()} {}

void SeccompBuilder::addArchitecture(const std::string& name) {
  const std::uint32_t architecture = lookUp(architectures, name, "architecture");
  if (std::find(architectures_.begin(), architectures_.end(), architecture) ==
      architectures_.end()) {
    architectures_.push_back(architecture);
  }
}

void SeccompBuilder::add(const std::string& systemCall, const std::string& action,
                         unsigned errnoReturned, const std::vector<Comparison>& comparisons) {
  Entry entry{systemCall, {{}, answer(action, errnoReturned)}};
  for (const Comparison& comparison : comparisons) {
    constexpr unsigned arguments = 6;
    if (comparison.argument >= arguments) {
      throw Error(ErrorKind::invalid,
                  cat("seccomp: ", systemCall, " has no argument ", comparison.argument));
    }
    entry.content.comparisons.push_back({comparison.argument,
                                         lookUp(operations, comparison.operation, "comparison"),
                                         comparison.value, comparison.valueTwo});
  }
  entries_.push_back(std::move(entry));
}

void SeccompBuilder::addTo(seccomp_program::Table& table, std::uint32_t architecture) const {
  std::set<std::uint32_t> decided;
  for (const Entry& entry : entries_) {
    // A negative number is libseccomp's own for what this architecture does not have.
    const int number = seccomp_syscall_resolve_name_arch(architecture, entry.systemCall.c_str());
    if (number < 0) {
      continue;
    }
    const auto key = static_cast<std::uint32_t>(number);
    seccomp_program::Rule& rule =
        table.rules.try_emplace(key, seccomp_program::Rule{{}, defaultAnswer_}).first->second;
    if (decided.contains(key)) {
      continue;
    }
    if (entry.content.comparisons.empty()) {
      rule = {{}, entry.content.answer};
      decided.insert(key);
    } else {
      rule.cases.push_back(entry.content);
    }
  }
}

SeccompFilter SeccompBuilder::compile() const {
  std::map<std::uint32_t, seccomp_program::Table> tables;
  for (const std::uint32_t architecture : architectures_) {
    const std::uint32_t known =
        architecture == SCMP_ARCH_X32 ? std::uint32_t{SCMP_ARCH_X86_64} : architecture;
    seccomp_program::Table& table = tables[known];
    table.architecture = known;
    table.from.try_emplace(0, defaultAnswer_);
    addTo(table, architecture);
    if (known == SCMP_ARCH_X86_64) {
      // -1 is a system call that a tracer has skipped.
      const bool x32 = std::find(architectures_.begin(), architectures_.end(), SCMP_ARCH_X32) !=
                       architectures_.end();
      table.from[x32Bit] = x32 ? defaultAnswer_ : SECCOMP_RET_KILL_THREAD;
      table.from[~0U] = defaultAnswer_;
    }
  }
  // The native one is asked for first.
  std::vector<seccomp_program::Table> order{tables.at(architectures_.front())};
  tables.erase(architectures_.front());
  for (auto& [architecture, table] : tables) {
    order.push_back(std::move(table));
  }
  return seccomp_program::generate(order, SECCOMP_RET_KILL_THREAD);
}

std::string_view nativeArchitecture() {
  const std::uint32_t native = seccomp_arch_native();
  for (const auto& [name, number] : architectures) {
    if (number == native) {
      return name;
    }
  }
  return "SCMP_ARCH_NATIVE";
}

void installSeccomp(const SeccompFilter& filter, unsigned flags) {
  const sock_fprog program{
      static_cast<unsigned short>(filter.size()),
      const_cast<sock_filter*>(filter.data())};  // NOLINT: the kernel reads only
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) {
    throw systemError("installing the seccomp filter");
  }
}
