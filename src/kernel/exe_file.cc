#include "kernel/exe_file.h"

#include <link.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace {

using Header = ElfW(Phdr);

/// The running program's segments, and how far from their addresses in the file they are.
struct Program {
  std::uintptr_t base = 0;
  std::span<const Header> headers;
};

Program runningProgram() {
  Program program;
  // The first is the program itself, the others are its libraries.
  const auto takeFirst = [](dl_phdr_info* info, std::size_t, void* result) {
    *static_cast<Program*>(result) = {info->dlpi_addr, {info->dlpi_phdr, info->dlpi_phnum}};
    return 1;
  };
  dl_iterate_phdr(takeFirst, &program);
  return program;
}

struct Pages {
  std::uintptr_t begin, end;
  std::size_t size() const { return end - begin; }
  void* address() const { return reinterpret_cast<void*>(begin); }  // NOLINT: it is the kernel's
};

std::uintptr_t pageOf(std::uintptr_t address) {
  return address & ~(static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE)) - 1);
}

/// What a segment has of the file: behind it are the zeros of .bss, which are nobody's file.
Pages filePages(const Program& program, const Header& header) {
  const std::uintptr_t begin = program.base + header.p_vaddr;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  return {pageOf(begin), pageOf(begin + header.p_filesz + page - 1)};
}

void mapFrom(int file, const Pages& pages, const Header& header) {
  const int protection = ((header.p_flags & PF_R) != 0 ? PROT_READ : 0) |
                         ((header.p_flags & PF_X) != 0 ? PROT_EXEC : 0);
  if (mmap(pages.address(), pages.size(), protection, MAP_PRIVATE | MAP_FIXED, file,
           static_cast<off_t>(pageOf(header.p_offset))) == MAP_FAILED) {
    throw systemError("mapping the sealed program");
  }
}

/// By no library's function: under AddressSanitizer that would take what lies between two variables
/// for an overrun.
__attribute__((no_sanitize_address)) void copyWords(const Pages& from, void* to) {
  const auto* source = static_cast<const volatile std::uintptr_t*>(from.address());
  auto* target = static_cast<volatile std::uintptr_t*>(to);
  for (std::size_t i = 0; i < from.size() / sizeof(std::uintptr_t); ++i) {
    target[i] = source[i];
  }
}

/// The pages with what has been written to them so far, as memory of no file.
void makeAnonymous(const Pages& pages) {
  void* copy = mmap(nullptr, pages.size(), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (copy == MAP_FAILED) {
    throw systemError("allocating memory for the program's variables");
  }
  // Variables are what is copied here: none may change before the copy is in their place.
  copyWords(pages, copy);
  if (mremap(copy, pages.size(), pages.size(), MREMAP_MAYMOVE | MREMAP_FIXED, pages.address()) ==
      MAP_FAILED) {
    throw systemError("moving the program's variables");
  }
}

void replaceSegments(const Program& program, int file) {
  for (const Header& header : program.headers) {
    const Pages pages = filePages(program, header);
    if (header.p_type != PT_LOAD || pages.size() == 0) {
      continue;
    }
    if ((header.p_flags & PF_W) != 0) {
      makeAnonymous(pages);
    } else {
      mapFrom(file, pages, header);
    }
  }
  // The dynamic linker's tables are read-only once it has done its work.
  for (const Header& header : program.headers) {
    if (header.p_type == PT_GNU_RELRO) {
      const std::uintptr_t begin = program.base + header.p_vaddr;
      const Pages pages{pageOf(begin), pageOf(begin + header.p_memsz)};
      if (mprotect(pages.address(), pages.size(), PROT_READ) != 0) {
        throw systemError("protecting the program's tables");
      }
    }
  }
}

/// As /proc/self/stat says (proc(5)).
prctl_mm_map readMemoryMap() {
  const std::string stat = readFile("/proc/self/stat");
  constexpr std::size_t first = 3;  // the number of the first field after the name
  const auto fields = split(trim(stat.substr(stat.rfind(')') + 1)), ' ');
  const auto field = [&](std::size_t number) {
    return parseNumber<std::uint64_t>(fields.at(number - first)).value();
  };
  prctl_mm_map map{};
  map.start_code = field(26);
  map.end_code = field(27);
  map.start_stack = field(28);
  map.start_data = field(45);
  map.end_data = field(46);
  map.start_brk = field(47);
  map.arg_start = field(48);
  map.arg_end = field(49);
  map.env_start = field(50);
  map.env_end = field(51);
  return map;
}

/// prctl(2) sets all of these at once: they stay as they are. But for the break they do so for as
/// long as the program runs, and in its children.
int setExeFile(int file) {
  static const prctl_mm_map fixed = readMemoryMap();
  prctl_mm_map map = fixed;
  map.brk = static_cast<std::uint64_t>(syscall(SYS_brk, 0));
  map.exe_fd = static_cast<std::uint32_t>(file);
  return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0);
}

}  // namespace

bool canChangeExeFile(int file) {
  struct stat given {};
  struct stat running {};
  unsigned size = 0;
  if (fstat(file, &given) != 0 || stat("/proc/self/exe", &running) != 0 ||
      given.st_dev != running.st_dev || given.st_ino != running.st_ino ||
      prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) != 0 || size != sizeof(prctl_mm_map)) {
    return false;
  }
  // That the program is mapped is what the kernel looks at last, and refuses it without a change.
  return setExeFile(file) == 0 || errno == EBUSY;
}

void changeExeFile(int file) {
  replaceSegments(runningProgram(), file);
  // The kernel refuses (EBUSY) while anything is mapped by the way of the old file.
  if (setExeFile(file) != 0) {
    throw systemError("changing the file that the process runs");
  }
}
