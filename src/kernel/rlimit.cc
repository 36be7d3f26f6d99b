#include "kernel/rlimit.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"

namespace {

constexpr std::array<std::pair<std::string_view, int>, 16> limitNames{{
    {"as", RLIMIT_AS},
    {"core", RLIMIT_CORE},
    {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},
    {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK},
    {"msgqueue", RLIMIT_MSGQUEUE},
    {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},
    {"nproc", RLIMIT_NPROC},
    {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},
    {"rttime", RLIMIT_RTTIME},
    {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
}};

__rlimit_resource which(int resource) {
  return static_cast<__rlimit_resource>(resource);
}

std::string_view nameOf(int resource) {
  for (const auto& [name, number] : limitNames) {
    if (number == resource) {
      return name;
    }
  }
  return "resource";
}

}  // namespace

std::optional<int> rlimitByName(std::string_view name) {
  std::string plain = lower(name);
  if (plain.rfind("rlimit_", 0) == 0) {
    plain.erase(0, 7);
  }
  for (const auto& [known, number] : limitNames) {
    if (known == plain) {
      return number;
    }
  }
  return std::nullopt;
}

void setRlimit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit wanted{soft, hard};
  if (setrlimit(which(resource), &wanted) == 0) {
    return;
  }
  const Error error = systemError("setting the ", nameOf(resource), " limit");
  rlimit present{};
  if (error.code() != EPERM || getrlimit(which(resource), &present) != 0) {
    throw error;
  }
  const rlimit possible{std::min(soft, present.rlim_max), std::min(hard, present.rlim_max)};
  if (setrlimit(which(resource), &possible) != 0) {
    throw error;
  }
}
