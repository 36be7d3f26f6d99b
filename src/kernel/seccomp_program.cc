#include "kernel/seccomp_program.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>

#include "base/error.h"

namespace seccomp_program {

namespace {

using Code = std::vector<sock_filter>;

constexpr std::uint32_t maxOffset = std::numeric_limits<std::uint8_t>::max();

sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}

sock_filter answer(std::uint32_t value) {
  return statement(BPF_RET | BPF_K, value);
}

sock_filter load(std::size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter jump(unsigned test, std::uint32_t value, std::uint8_t ifTrue, std::uint8_t ifFalse) {
  return {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), ifTrue, ifFalse, value};
}

void append(Code& code, const Code& part) {
  code.insert(code.end(), part.begin(), part.end());
}

/// Skips so many instructions where the accumulator is not `test` the value.
void skipUnless(Code& code, unsigned test, std::uint32_t value, std::size_t skipped) {
  if (skipped <= maxOffset) {
    code.push_back(jump(test, value, 0, static_cast<std::uint8_t>(skipped)));
  } else {
    code.push_back(jump(test, value, 1, 0));
    code.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(skipped)));
  }
}

struct Halves {
  std::uint32_t high, low;
};

Halves halves(std::uint64_t value) {
  return {static_cast<std::uint32_t>(value >> 32U), static_cast<std::uint32_t>(value)};
}

sock_filter loadHalf(unsigned argument, bool high) {
  constexpr bool little = std::endian::native == std::endian::little;
  const std::size_t second = high == little ? sizeof(std::uint32_t) : 0;
  return load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t) + second);
}

/// Goes on after itself where (argument & mask) == value, and skips `failed` more instructions
/// where it is not.
void requireEqual(Code& code, const Comparison& comparison, Halves mask, Halves value,
                  std::size_t failed) {
  constexpr std::uint32_t all = ~0U;
  Code low{loadHalf(comparison.argument, false)};
  if (mask.low != all) {
    low.push_back(statement(BPF_ALU | BPF_AND | BPF_K, mask.low));
  }
  skipUnless(low, BPF_JEQ, value.low, failed);
  code.push_back(loadHalf(comparison.argument, true));
  if (mask.high != all) {
    code.push_back(statement(BPF_ALU | BPF_AND | BPF_K, mask.high));
  }
  skipUnless(code, BPF_JEQ, value.high, low.size() + failed);
  append(code, low);
}

/// The same where argument > value, or >= value.
void requireGreater(Code& code, const Comparison& comparison, bool orEqual, std::size_t failed) {
  const Halves value = halves(comparison.value);
  Code low{loadHalf(comparison.argument, false)};
  skipUnless(low, orEqual ? BPF_JGE : BPF_JGT, value.low, failed);
  code.push_back(loadHalf(comparison.argument, true));
  // Greater: decided. Equal: the low half decides. Less: failed.
  code.push_back(jump(BPF_JGT, value.high, static_cast<std::uint8_t>(low.size() + 1), 0));
  skipUnless(code, BPF_JEQ, value.high, low.size() + failed);
  append(code, low);
}

Code require(const Comparison& comparison, std::size_t failed) {
  const Halves value = halves(comparison.value);
  const Halves all{~0U, ~0U};
  // What is easier to say the other way round: that it holds leads past a jump that leads out.
  const auto unless = [&](const auto& emit) {
    Code code;
    emit(code, 1);
    code.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(failed)));
    return code;
  };
  Code code;
  switch (comparison.operation) {
    case Operation::eq:
      requireEqual(code, comparison, all, value, failed);
      return code;
    case Operation::maskedEq:
      requireEqual(code, comparison, value, halves(comparison.valueTwo), failed);
      return code;
    case Operation::gt:
    case Operation::ge:
      requireGreater(code, comparison, comparison.operation == Operation::ge, failed);
      return code;
    case Operation::ne:
      return unless([&](Code& out, std::size_t skipped) {
        requireEqual(out, comparison, all, value, skipped);
      });
    case Operation::lt:
    case Operation::le:
      return unless([&](Code& out, std::size_t skipped) {
        requireGreater(out, comparison, comparison.operation == Operation::lt, skipped);
      });
  }
  return code;
}

Code generate(const Rule& rule) {
  Code code;
  for (const Case& entry : rule.cases) {
    // From the last comparison on, so that each knows how far its way out is.
    Code body{answer(entry.answer)};
    for (auto comparison = entry.comparisons.rbegin(); comparison != entry.comparisons.rend();
         ++comparison) {
      Code checked = require(*comparison, body.size());
      append(checked, body);
      body = std::move(checked);
    }
    append(code, body);
  }
  code.push_back(answer(rule.otherwise));
  return code;
}

struct Range {
  std::uint32_t first;
  Code code;
};

bool same(const Code& a, const Code& b) {
  return a.size() == 1 && b.size() == 1 && a[0].k == b[0].k;
}

/// Numbers from one range's first to the next's are answered by the same code.
std::vector<Range> ranges(const Table& table) {
  std::map<std::uint32_t, Code> starts;
  for (const auto& [first, value] : table.from) {
    starts[first] = {answer(value)};
  }
  for (const auto& [number, rule] : table.rules) {
    const std::uint32_t before = std::prev(table.from.upper_bound(number))->second;
    starts[number] = generate(rule);
    if (number != ~0U && !table.rules.contains(number + 1) && !table.from.contains(number + 1)) {
      starts[number + 1] = {answer(before)};
    }
  }
  std::vector<Range> result;
  for (auto& [first, code] : starts) {
    if (result.empty() || !same(result.back().code, code)) {
      result.push_back({first, std::move(code)});
    }
  }
  return result;
}

/// A program from its end to its beginning, since jumps lead forward only: what a jump leads to is
/// there already, and is used by all that need the same.
class Program {
 public:
  /// Where an instruction is, counted from the end.
  using Place = std::size_t;

  /// Somewhere that the next jump can reach, where this code is. It must not run past its end.
  Place place(const Code& code) {
    const auto known = std::find_if(bodies_.begin(), bodies_.end(),
                                    [&](const Body& body) { return equal(body.code, code); });
    if (known != bodies_.end() && (code.size() > 1 || isNear(known->place))) {
      return nearby(known->place);
    }
    std::for_each(code.rbegin(), code.rend(), [this](const sock_filter& each) { prepend(each); });
    const Place made = reversed_.size() - 1;
    if (known == bodies_.end()) {
      bodies_.push_back({code, made});
    } else {
      known->place = made;
    }
    return made;
  }

  /// A test of the accumulator, and where it leads.
  Place branch(unsigned test, std::uint32_t value, Place ifTrue, Place ifFalse) {
    ifTrue = nearby(ifTrue);
    ifFalse = nearby(ifFalse);
    return prepend(jump(test, value, static_cast<std::uint8_t>(distance(ifTrue)),
                        static_cast<std::uint8_t>(distance(ifFalse))));
  }

  /// An instruction that goes on at a place.
  Place before(const sock_filter& instruction, Place next) {
    if (distance(next) != 0) {
      prepend(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(distance(next))));
    }
    return prepend(instruction);
  }

  /// All of it; it begins with what came last.
  Code code() const { return {reversed_.rbegin(), reversed_.rend()}; }

 private:
  struct Body {
    Code code;
    Place place;
  };

  static bool equal(const Code& a, const Code& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const sock_filter& left, const sock_filter& right) {
                        return left.code == right.code && left.jt == right.jt &&
                               left.jf == right.jf && left.k == right.k;
                      });
  }
  /// Of an instruction that comes before all that is there.
  std::size_t distance(Place to) const { return reversed_.size() - 1 - to; }
  /// With room for what may come between a jump's two targets and itself.
  bool isNear(Place place) const { return distance(place) + 2 <= maxOffset; }
  Place nearby(Place place) {
    return isNear(place)
               ? place
               : prepend(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(distance(place))));
  }
  Place prepend(const sock_filter& instruction) {
    reversed_.push_back(instruction);
    return reversed_.size() - 1;
  }

  Code reversed_;
  std::vector<Body> bodies_;
};

/// The number is in the accumulator.
Program::Place search(Program& program, const std::vector<Range>& all, std::size_t from,
                      std::size_t to) {
  if (to - from == 1) {
    return program.place(all[from].code);
  }
  const std::size_t middle = from + (to - from) / 2;
  const Program::Place upper = search(program, all, middle, to);
  const Program::Place lower = search(program, all, from, middle);
  return program.branch(BPF_JGE, all[middle].first, upper, lower);
}

}  // namespace

std::vector<sock_filter> generate(const std::vector<Table>& tables, std::uint32_t foreignAnswer) {
  Program program;
  Program::Place next = program.place({answer(foreignAnswer)});
  std::vector<Program::Place> entries;
  for (const Table& table : tables) {
    const std::vector<Range> all = ranges(table);
    entries.push_back(
        program.before(load(offsetof(seccomp_data, nr)), search(program, all, 0, all.size())));
  }
  for (std::size_t i = tables.size(); i-- > 0;) {
    next = program.branch(BPF_JEQ, tables[i].architecture, entries[i], next);
  }
  program.before(load(offsetof(seccomp_data, arch)), next);
  std::vector<sock_filter> code = program.code();
  if (code.size() > BPF_MAXINSNS) {
    throw Error(ErrorKind::invalid, cat("seccomp: the filter would have ", code.size(),
                                        " instructions, more than the kernel takes"));
  }
  return code;
}

}  // namespace seccomp_program
