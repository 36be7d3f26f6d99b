#include "kernel/seccomp.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "kernel/fd.h"

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

constexpr std::array<std::pair<std::string_view, scmp_compare>, 7> operations{{
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
}};

template <typename Table>
auto lookUp(const Table& table, std::string_view name, const char* what) {
  for (const auto& [known, value] : table) {
    if (known == name) {
      return value;
    }
  }
  throw Error(ErrorKind::invalid, cat("seccomp: unknown ", what, " \"", name, "\""));
}

/// libseccomp's functions return a negative errno.
void check(int result, std::string_view what) {
  if (result < 0) {
    errno = -result;
    throw systemError("seccomp: ", what);
  }
}

}  // namespace

SeccompBuilder::SeccompBuilder(const std::string& defaultAction, unsigned errnoReturned)
    : context_(nullptr), defaultAction_(action(defaultAction, errnoReturned)) {
  context_ = seccomp_init(defaultAction_);
  if (context_ == nullptr) {
    throw Error(ErrorKind::internal, "seccomp: no memory for a filter");
  }
  seccomp_attr_set(context_, SCMP_FLTATR_CTL_NNP, 0);
  // A binary tree over the numbers: each call of the container passes through few of the rules.
  seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

SeccompBuilder::~SeccompBuilder() {
  seccomp_release(context_);
}

std::uint32_t SeccompBuilder::action(const std::string& name, unsigned errnoReturned) const {
  if (name == "SCMP_ACT_ERRNO") {
    return SCMP_ACT_ERRNO(errnoReturned);
  }
  if (name == "SCMP_ACT_TRACE") {
    return SCMP_ACT_TRACE(errnoReturned);
  }
  static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 6> plain{{
      {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
      {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
      {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
      {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
      {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
      {"SCMP_ACT_LOG", SCMP_ACT_LOG},
  }};
  return lookUp(plain, name, "action");
}

void SeccompBuilder::addArchitecture(const std::string& name) {
  const int result = seccomp_arch_add(context_, lookUp(architectures, name, "architecture"));
  if (result != -EEXIST) {
    check(result, cat("adding ", name));
  }
}

void SeccompBuilder::add(const std::string& systemCall, const std::string& actionName,
                         unsigned errnoReturned, const std::vector<Comparison>& comparisons) {
  const std::uint32_t wanted = action(actionName, errnoReturned);
  const int number = seccomp_syscall_resolve_name(systemCall.c_str());
  if (number == __NR_SCMP_ERROR || wanted == defaultAction_) {
    return;
  }
  std::vector<scmp_arg_cmp> arguments;
  for (const Comparison& comparison : comparisons) {
    arguments.push_back({comparison.argument,
                         lookUp(operations, comparison.operation, "comparison"), comparison.value,
                         comparison.valueTwo});
  }
  check(seccomp_rule_add_array(context_, wanted, number, static_cast<unsigned>(arguments.size()),
                               arguments.data()),
        cat("adding a rule for ", systemCall));
}

SeccompFilter SeccompBuilder::compile() const {
  const UniqueFd file(memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) {
    throw systemError("seccomp: making a memory file");
  }
  check(seccomp_export_bpf(context_, file.get()), "compiling the filter");
  struct stat status {};
  if (fstat(file.get(), &status) != 0) {
    throw systemError("seccomp: reading the filter");
  }
  SeccompFilter filter(static_cast<std::size_t>(status.st_size) / sizeof(sock_filter));
  if (pread(file.get(), filter.data(), filter.size() * sizeof(sock_filter), 0) != status.st_size) {
    throw systemError("seccomp: reading the filter");
  }
  return filter;
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
