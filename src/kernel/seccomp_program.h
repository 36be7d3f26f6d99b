#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <map>
#include <vector>

/// Generates filter programs for seccomp(2). Installing one costs in proportion to its length, with
/// each container, and every system call of the container passes through it; so runs of system
/// calls with one answer become one range, the range is found by halving, and equal answers are one
/// place in the program.
namespace seccomp_program {

enum class Operation { ne, lt, le, eq, ge, gt, maskedEq };

/// Of one argument of a system call; maskedEq: (argument & value) == valueTwo.
struct Comparison {
  unsigned argument = 0;
  Operation operation = Operation::eq;
  std::uint64_t value = 0, valueTwo = 0;
};

/// An answer (SECCOMP_RET_...) that holds where all comparisons do.
struct Case {
  std::vector<Comparison> comparisons;
  std::uint32_t answer = 0;
};

/// What is said of one system call: the cases in order, and else the answer for all.
struct Rule {
  std::vector<Case> cases;
  std::uint32_t otherwise = 0;
};

/// The system calls of one AUDIT_ARCH_..., by number. Those that it does not have get the answer of
/// the number before them that is in `from`: {0: default} at least.
struct Table {
  std::uint32_t architecture = 0;
  std::map<std::uint32_t, Rule> rules;
  std::map<std::uint32_t, std::uint32_t> from;
};

std::vector<sock_filter> generate(const std::vector<Table>& tables, std::uint32_t foreignAnswer);

}  // namespace seccomp_program
