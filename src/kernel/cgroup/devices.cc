#include "kernel/cgroup/devices.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"

namespace {

/// Register 1 has the context at first.
struct In {
  enum Register : std::uint8_t { verdict, scratch, kind, accesses, majorNumber, minorNumber };
};
using Register = In::Register;

bpf_insn instruction(int code, std::uint8_t to, std::uint8_t from, std::int16_t offset,
                     std::int32_t value) {
  bpf_insn made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = to & 0xfU;
  made.src_reg = from & 0xfU;
  made.off = offset;
  made.imm = value;
  return made;
}

bpf_insn load(Register to, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, In::scratch, static_cast<std::int16_t>(offset),
                     0);
}
bpf_insn compute(int operation, Register to, std::int32_t value) {
  return instruction(BPF_ALU | operation | BPF_K, to, 0, 0, value);
}
bpf_insn copy(Register to, Register from) {
  return instruction(BPF_ALU | BPF_MOV | BPF_X, to, from, 0, 0);
}
/// Jumps over what is left of a rule; addRule sets the distance.
bpf_insn unlessEqual(Register left, std::int32_t value) {
  return instruction(BPF_JMP | BPF_JNE | BPF_K, left, 0, 0, value);
}

std::int32_t accessBits(const std::string& letters) {
  std::int32_t bits = 0;
  for (const char letter : letters) {
    bits |= letter == 'r'   ? BPF_DEVCG_ACC_READ
            : letter == 'w' ? BPF_DEVCG_ACC_WRITE
                            : BPF_DEVCG_ACC_MKNOD;
  }
  return bits;
}

/// An allowing rule must cover all of the access, a refusing one any of it.
void matchAccess(const DeviceRule& rule, std::vector<bpf_insn>& out) {
  constexpr std::int32_t all = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD;
  const std::int32_t bits = accessBits(rule.access);
  if (bits == all) {
    return;
  }
  out.push_back(copy(In::scratch, In::accesses));
  if (rule.allow) {
    out.push_back(compute(BPF_AND, In::scratch, all & ~bits));
    out.push_back(unlessEqual(In::scratch, 0));
  } else {
    out.push_back(compute(BPF_AND, In::scratch, bits));
    out.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, In::scratch, 0, 0, 0));
  }
}

void addRule(const DeviceRule& rule, std::vector<bpf_insn>& program) {
  std::vector<bpf_insn> code;
  if (rule.type != "a") {
    code.push_back(
        unlessEqual(In::kind, rule.type == "b" ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
  }
  if (rule.major) {
    code.push_back(unlessEqual(In::majorNumber, static_cast<std::int32_t>(*rule.major)));
  }
  if (rule.minor) {
    code.push_back(unlessEqual(In::minorNumber, static_cast<std::int32_t>(*rule.minor)));
  }
  matchAccess(rule, code);
  code.push_back(compute(BPF_MOV, In::verdict, rule.allow ? 1 : 0));
  code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  for (std::size_t at = 0; at < code.size(); ++at) {
    const int operation = code[at].code;
    if (BPF_CLASS(operation) == BPF_JMP && BPF_OP(operation) != BPF_EXIT) {
      code[at].off = static_cast<std::int16_t>(code.size() - at - 1);
    }
  }
  program.insert(program.end(), code.begin(), code.end());
}

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

std::uint64_t address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);  // NOLINT: as bpf(2) takes pointers
}

UniqueFd loadProgram(const std::vector<bpf_insn>& program) {
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = address(program.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  attributes.license = address("");
  attributes.expected_attach_type = BPF_CGROUP_DEVICE;
  UniqueFd loaded(bpf(BPF_PROG_LOAD, attributes));
  if (!loaded) {
    throw systemError("loading the eBPF program for devices");
  }
  return loaded;
}

std::string numberOr(const std::optional<unsigned>& number) {
  return number ? std::to_string(*number) : "*";
}

}  // namespace

std::vector<bpf_insn> deviceProgram(const std::vector<DeviceRule>& rules) {
  constexpr std::int32_t typeMask = 0xffff, accessShift = 16;
  std::vector<bpf_insn> program{load(In::kind, offsetof(bpf_cgroup_dev_ctx, access_type)),
                                copy(In::accesses, In::kind),
                                compute(BPF_AND, In::kind, typeMask),
                                compute(BPF_RSH, In::accesses, accessShift),
                                load(In::majorNumber, offsetof(bpf_cgroup_dev_ctx, major)),
                                load(In::minorNumber, offsetof(bpf_cgroup_dev_ctx, minor))};
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    addRule(*rule, program);
  }
  DeviceRule others;
  others.allow = false;
  addRule(others, program);
  return program;
}

void attachDeviceProgram(const Path& directory, const std::vector<DeviceRule>& rules) {
  const UniqueFd node(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!node) {
    throw systemError("opening cgroup ", directory.native());
  }
  const UniqueFd program = loadProgram(deviceProgram(rules));
  bpf_attr attributes{};
  attributes.target_fd = static_cast<std::uint32_t>(node.get());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, attributes) != 0) {
    throw systemError("attaching the eBPF program for devices to cgroup ", directory.native());
  }
}

void writeDeviceRules(const Path& directory, const std::vector<DeviceRule>& rules) {
  writeKnob(directory / "devices.deny", "a");
  for (const DeviceRule& rule : rules) {
    const Path file = directory / (rule.allow ? "devices.allow" : "devices.deny");
    writeKnob(file, rule.type == "a" ? "a"
                                     : cat(rule.type, ' ', numberOr(rule.major), ':',
                                           numberOr(rule.minor), ' ', rule.access));
  }
}
