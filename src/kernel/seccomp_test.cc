#include "kernel/seccomp.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "kernel/process.h"

namespace {

/// What the kernel would answer: an interpreter of the instructions that filters here consist of.
std::uint32_t evaluate(const SeccompFilter& filter, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const sock_filter& step = filter[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k,
                    sizeof accumulator);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += accumulator > step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "instruction " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "ran over the end";
  return 0;
}

std::uint32_t answerFor(const SeccompFilter& filter, std::uint32_t architecture, long number,
                        std::uint64_t first = 0, std::uint64_t second = 0) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = architecture;
  data.args[0] = first;
  data.args[1] = second;
  return evaluate(filter, data);
}

TEST(SeccompProgram, EveryComparisonIsRightOnBothHalves) {
  using seccomp_program::Operation;
  const std::uint64_t interesting[] = {
      0, 1, 2, 0xFFFFFFFF, 0x100000000, 0x100000001, 0x1FFFFFFFF, 0x200000000, ~0ULL};
  for (const std::uint64_t value : interesting) {
    for (int operation = 0; operation <= static_cast<int>(Operation::maskedEq); ++operation) {
      const auto op = static_cast<Operation>(operation);
      const std::uint64_t wanted = value & 0x100000001;
      const std::vector<seccomp_program::Table> tables{
          {7, {{5, {{{{{1, op, value, wanted}}, 111}}, 222}}}, {{0, 333}}}};
      const SeccompFilter filter = seccomp_program::generate(tables, 444);
      for (const std::uint64_t argument : interesting) {
        const bool holds[] = {
            argument != value,
            argument<value, argument <= value, argument == value, argument >= value, argument>
                value,
            (argument & value) == wanted};
        EXPECT_EQ(answerFor(filter, 7, 5, 0, argument), holds[operation] ? 111U : 222U)
            << operation << " " << argument << " " << value;
      }
      EXPECT_EQ(answerFor(filter, 7, 4), 333U);
      EXPECT_EQ(answerFor(filter, 7, 6), 333U);
      EXPECT_EQ(answerFor(filter, 8, 5), 444U);
    }
  }
}

TEST(SeccompProgram, FarJumpsAndManyRanges) {
  seccomp_program::Table table{1, {}, {{0, 9}, {5000, 8}}};
  for (std::uint32_t number = 0; number < 1200; number += 2) {
    table.rules[number] = {{}, 10000 + number};
  }
  const SeccompFilter filter = seccomp_program::generate({table, {2, {}, {{0, 7}}}}, 6);
  for (std::uint32_t number = 0; number < 1300; ++number) {
    EXPECT_EQ(answerFor(filter, 1, number), number % 2 == 0 && number < 1200 ? 10000 + number : 9U);
  }
  EXPECT_EQ(answerFor(filter, 1, 5000), 8U);
  EXPECT_EQ(answerFor(filter, 1, -1), 8U);
  EXPECT_EQ(answerFor(filter, 2, 3), 7U);
  EXPECT_EQ(answerFor(filter, 3, 3), 6U);
}

TEST(SeccompProgram, TooLongIsRefused) {
  seccomp_program::Table table{1, {}, {{0, 9}}};
  for (std::uint32_t number = 0; number < 10000; number += 2) {
    table.rules[number] = {{}, number};
  }
  EXPECT_THROW(seccomp_program::generate({table}, 6), Error);
}

class SeccompBuilderTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t eperm = SECCOMP_RET_ERRNO | EPERM;
  static constexpr std::uint32_t enosys = SECCOMP_RET_ERRNO | ENOSYS;
  SeccompBuilder builder_{"SCMP_ACT_ERRNO", ENOSYS};
};

/// The same rules for libseccomp, to compare with.
SeccompFilter byLibseccomp() {
  void* context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
  seccomp_arch_add(context, SCMP_ARCH_X86);
  seccomp_arch_add(context, SCMP_ARCH_X32);
  for (const char* name : {"read", "write", "openat", "close", "mmap", "clock_gettime", "wait4"}) {
    seccomp_rule_add(context, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(name), 0);
  }
  seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name("mount"), 0);
  seccomp_rule_add(context, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name("clone"), 1,
                   SCMP_A0(SCMP_CMP_MASKED_EQ, 0x7E020000, 0));
  seccomp_rule_add(context, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name("personality"), 1,
                   SCMP_A0(SCMP_CMP_EQ, 8, 0));
  seccomp_rule_add(context, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name("personality"), 1,
                   SCMP_A0(SCMP_CMP_EQ, 0x20000, 0));
  const int file = memfd_create("filter", MFD_CLOEXEC);
  seccomp_export_bpf(context, file);
  seccomp_release(context);
  struct stat status {};
  fstat(file, &status);
  SeccompFilter filter(static_cast<std::size_t>(status.st_size) / sizeof(sock_filter));
  EXPECT_EQ(pread(file, filter.data(), static_cast<std::size_t>(status.st_size), 0),
            status.st_size);
  close(file);
  return filter;
}

TEST_F(SeccompBuilderTest, AnswersAsLibseccompDoes) {
  if (nativeArchitecture() != "SCMP_ARCH_X86_64") {
    GTEST_SKIP() << "the comparison is written for x86_64";
  }
  builder_.addArchitecture("SCMP_ARCH_X86");
  builder_.addArchitecture("SCMP_ARCH_X32");
  for (const char* name :
       {"read", "write", "openat", "close", "mmap", "clock_gettime", "wait4", "no_such_call"}) {
    builder_.add(name, "SCMP_ACT_ALLOW", 0, {});
  }
  builder_.add("mount", "SCMP_ACT_ERRNO", EPERM, {});
  builder_.add("clone", "SCMP_ACT_ALLOW", 0, {{0, "SCMP_CMP_MASKED_EQ", 0x7E020000, 0}});
  builder_.add("personality", "SCMP_ACT_ALLOW", 0, {{0, "SCMP_CMP_EQ", 8, 0}});
  builder_.add("personality", "SCMP_ACT_ALLOW", 0, {{0, "SCMP_CMP_EQ", 0x20000, 0}});
  const SeccompFilter own = builder_.compile();
  const SeccompFilter other = byLibseccomp();
  for (const std::uint32_t architecture : std::initializer_list<std::uint32_t>{
           AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64}) {
    for (const long base : {0L, 0x40000000L}) {
      for (long number = base; number < base + 700; ++number) {
        for (const std::uint64_t argument :
             std::initializer_list<std::uint64_t>{0ULL, 8ULL, 0x20000ULL, 0x10000000ULL}) {
          EXPECT_EQ(answerFor(own, architecture, number, argument),
                    answerFor(other, architecture, number, argument))
              << architecture << " " << number << " " << argument;
        }
      }
    }
    EXPECT_EQ(answerFor(own, architecture, -1), answerFor(other, architecture, -1)) << architecture;
  }
}

TEST_F(SeccompBuilderTest, UnconditionalRulesAreStrongerAndTheFirstHolds) {
  builder_.add("read", "SCMP_ACT_ALLOW", 0, {{0, "SCMP_CMP_EQ", 1, 0}});
  builder_.add("read", "SCMP_ACT_ERRNO", EPERM, {});
  builder_.add("read", "SCMP_ACT_ALLOW", 0, {});
  const SeccompFilter filter = builder_.compile();
  EXPECT_EQ(answerFor(filter, seccomp_arch_native(), SYS_read, 1), eperm);
  EXPECT_EQ(answerFor(filter, seccomp_arch_native(), SYS_write), enosys);
}

TEST_F(SeccompBuilderTest, UnknownWordsAreNamed) {
  EXPECT_THROW(SeccompBuilder("SCMP_ACT_NONSENSE", 0), Error);
  EXPECT_THROW(builder_.addArchitecture("SCMP_ARCH_NONSENSE"), Error);
  EXPECT_THROW(builder_.add("read", "nonsense", 0, {}), Error);
  EXPECT_THROW(builder_.add("read", "SCMP_ACT_ALLOW", 0, {{0, "nonsense", 0, 0}}), Error);
  EXPECT_THROW(builder_.add("read", "SCMP_ACT_ALLOW", 0, {{6, "SCMP_CMP_EQ", 0, 0}}), Error);
}

TEST(InstallSeccomp, TheKernelTakesItAndItHolds) {
  SeccompBuilder builder("SCMP_ACT_ALLOW", 0);
  builder.add("getppid", "SCMP_ACT_ERRNO", EXDEV, {});
  const SeccompFilter filter = builder.compile();
  const Child child = cloneProcess({});
  if (child.pid == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    installSeccomp(filter);
    _exit(syscall(SYS_getppid) == -1 && errno == EXDEV ? 0 : 1);
  }
  EXPECT_EQ(waitForExit(child.pidfd.get()).code, 0);
}

}  // namespace
