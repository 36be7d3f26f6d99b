#include "kernel/cgroup/knobs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace {

ErrorKind kindOf(int code) {
  switch (code) {
    case EINVAL:
    case ERANGE:
    case ENOSPC:  // a cpuset with nothing in it
    case ENODEV:
      return ErrorKind::invalid;
    case EBUSY:
      return ErrorKind::in_use;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::denied;
    case EOPNOTSUPP:
      return ErrorKind::unsupported;
    default:
      return ErrorKind::system;
  }
}

/// Result of one write(2): 0 or the errno.
int writeOnce(const Path& file, std::string_view value) {
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) {
    return errno;
  }
  ssize_t count = -1;
  do {
    count = write(fd.get(), value.data(), value.size());
  } while (count < 0 && errno == EINTR);
  return count < 0 ? errno : 0;
}

/// In the line of an entry the word after its name, or the one that begins with the key.
std::optional<std::string> valueOf(std::string_view text, const std::string& name,
                                   const std::string& key) {
  for (const std::string& line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.front() != name) {
      continue;
    }
    for (std::size_t at = 1; at < words.size(); ++at) {
      if (words[at].starts_with(key)) {
        return words[at].substr(key.size());
      }
    }
  }
  return std::nullopt;
}

}  // namespace

bool KnobChanges::setIfThere(const Path& directory, std::string_view file, std::string_view value) {
  const Path knob = directory / file;
  std::optional<std::string> before;
  if (!fresh_) {
    before = readFileIfExists(knob);
    if (!before) {
      return false;
    }
  }
  const int code = writeOnce(knob, value);
  if (code == ENOENT) {
    return false;
  }
  if (code != 0) {
    failRefused(file, value, code);
  }
  if (before) {
    undo_.add([knob, old = std::string(trim(*before))] { writeOnce(knob, old); });
  }
  return true;
}

void KnobChanges::setEntry(const Path& directory, std::string_view file, const Entry& entry) {
  const Path knob = directory / file;
  const std::string key = entry.key.empty() ? "" : entry.key + "=";
  const auto text = fresh_ ? std::nullopt : readFileIfExists(knob);
  const std::string before = valueOf(text.value_or(""), entry.name, key).value_or(entry.none);
  const std::string lead = entry.name.empty() ? "" : entry.name + " ";
  const std::string wanted = cat(lead, key, entry.value);
  if (const int code = writeOnce(knob, wanted); code == ENOENT) {
    failMissing(file, wanted);
  } else if (code != 0) {
    failRefused(file, wanted, code);
  }
  if (!fresh_) {
    undo_.add([knob, old = cat(lead, key, before)] { writeOnce(knob, old); });
  }
}

void KnobChanges::failRefused(std::string_view file, std::string_view value, int code) const {
  throw Error(kindOf(code),
              cat("the ", file.substr(0, file.find('.')), " controller refuses ", file, " = ",
                  value, " for cgroup ", cgroup_, ": ", std::generic_category().message(code)),
              code);
}

void KnobChanges::failMissing(std::string_view file, std::string_view value) const {
  throw Error(ErrorKind::unsupported,
              cat("limiting cgroup ", cgroup_, ": the kernel has no ", file, " for it (",
                  file.substr(0, file.find('.')), " controller, wanted: ", value, ")"));
}

void KnobChanges::set(const Path& directory, std::string_view file, std::string_view value) {
  if (!setIfThere(directory, file, value)) {
    failMissing(file, value);
  }
}

void KnobChanges::requireSwap(const Path& directory, std::string_view file,
                              const CgroupLimits& limits) const {
  const bool wanted =
      limits.swapMax && *limits.swapMax != CgroupLimits::noLimit && !limits.swapImplied;
  if (wanted && access((directory / file).c_str(), F_OK) != 0) {
    throw Error(
        ErrorKind::unsupported,
        cat("limiting cgroup ", cgroup_, ": the memory controller does not count swap here (",
            "there is no ", file, "): leave the limit of memory plus swap away, or start ",
            "the kernel with swapaccount=1"));
  }
}

const KnobShortcuts* KnobShortcuts::current_ = nullptr;

KnobShortcuts::KnobShortcuts(const std::vector<Path>& directories) {
  for (const Path& directory : directories) {
    UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd) {
      directories_.push_back({directory.native() + "/", std::move(fd)});
    }
  }
  current_ = this;
}

KnobShortcuts::~KnobShortcuts() {
  current_ = nullptr;
}

UniqueFd KnobShortcuts::open(const std::string& file) {
  if (current_ != nullptr) {
    for (const Directory& top : current_->directories_) {
      if (file.starts_with(top.prefix)) {
        return UniqueFd(
            openat(top.fd.get(), file.c_str() + top.prefix.size(), O_RDONLY | O_CLOEXEC));
      }
    }
  }
  return UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

std::optional<std::string> readKnob(const Path& directory, std::string_view file) {
  // A Path of it would be taken apart into its levels, which costs as much as the file.
  const std::string name = cat(directory.native(), '/', file);
  const UniqueFd fd = KnobShortcuts::open(name);
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    throw systemError("opening ", name);
  }
  // seq_file(9) ends a read before the file does only where a page is full.
  constexpr std::ptrdiff_t nearlyPage = 4000;
  std::string text;
  std::array<char, 8192> buffer;  // NOLINT: filling it costs more than reading a small file
  while (true) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) {
      throw systemError("reading ", name);
    }
    text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count >= 0 && count < nearlyPage) {
      return text;
    }
  }
}

std::optional<std::uint64_t> readCount(const Path& directory, std::string_view file) {
  const auto text = readKnob(directory, file);
  return text ? parseNumber<std::uint64_t>(trim(*text)) : std::nullopt;
}

std::uint64_t fieldOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == ' ') {
      return parseNumber<std::uint64_t>(trim(line.substr(key.size() + 1))).value_or(0);
    }
  }
  return 0;
}

std::uint64_t readField(const Path& directory, std::string_view file, std::string_view key) {
  return fieldOf(readKnob(directory, file).value_or(""), key);
}

std::uint64_t weightFromShares(std::uint64_t shares) {
  const std::uint64_t bounded = std::clamp<std::uint64_t>(shares, 2, 262144);
  return 1 + (bounded - 2) * 9999 / 262142;
}

std::uint64_t sharesFromWeight(std::uint64_t weight) {
  const std::uint64_t bounded = std::clamp<std::uint64_t>(weight, 1, 10000);
  return 2 + ((bounded - 1) * 262142 + 9998) / 9999;
}

void failMissingController(const std::string& cgroup, std::string_view controller,
                           std::string_view hierarchy) {
  throw Error(ErrorKind::unsupported, cat("limiting cgroup ", cgroup, ": this machine has no ",
                                          controller, " controller in its ", hierarchy,
                                          "; leave the limit away or enable the controller"));
}
