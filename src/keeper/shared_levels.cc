#include "keeper/shared_levels.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "keeper/diary.h"

namespace keeper {

namespace {

constexpr std::uint64_t leastShares = 2, usualShares = 1024, mostShares = 262144;

bool areOurs(const SandboxConfig& config) {
  return config.scopeUnit.empty();
}

/// The node in the hierarchy that every node is in; empty where it is gone.
UniqueFd openLevel(const Cgroup& level) {
  try {
    if (UniqueFd fd = level.openForClone()) {
      return fd;
    }
  } catch (const Error& error) {
    if (error.code() != ENOENT) {
      throw;
    }
    return {};
  }
  for (const auto& [name, directory] : level.directories()) {
    if (name == "freezer") {
      return UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
  }
  return {};
}

bool isSame(int one, int other) {
  struct stat first {
  }, second{};
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
         first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

/// For one keeper at a time: of two that weigh a level the later one must have seen what the other
/// one has seen, and none may make it again, in a hierarchy of v1, that was just removed. Empty
/// where the level is gone.
UniqueFd lockLevel(const Cgroup& level) {
  constexpr int attempts = 100;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    UniqueFd fd = openLevel(level);
    if (!fd || ::flock(fd.get(), LOCK_EX) != 0) {
      return {};
    }
    // It may have been removed, and made anew, by whoever had the lock.
    const UniqueFd now = openLevel(level);
    if (now && isSame(fd.get(), now.get())) {
      return fd;
    }
  }
  return {};
}

void weigh(const CgroupLayout& cgroups, Cgroup& level) {
  std::uint64_t sum = 0;
  for (const std::string& name : level.children()) {
    const auto own = cgroups.open(cat(level.path(), "/", name))->limits().cpuShares;
    sum += own.value_or(usualShares);
  }
  CgroupLimits limits;
  limits.cpuShares = std::clamp(sum, leastShares, mostShares);
  level.apply(limits);
}

}  // namespace

void weighSharedLevels(const CgroupLayout& cgroups, const SandboxConfig& config) {
  if (!areOurs(config)) {
    return;
  }
  for (const std::string& path : config.sharedLevels) {
    attempt("weighing a level of cgroups", [&] {
      const auto level = cgroups.open(path);
      if (const UniqueFd lock = lockLevel(*level)) {
        weigh(cgroups, *level);
      }
    });
  }
}

void removeCgroup(const CgroupLayout& cgroups, const SandboxConfig& config) {
  attempt("removing a cgroup", [&] { cgroups.open(config.cgroup)->remove(); });
  if (!areOurs(config)) {
    return;
  }
  for (const std::string& path : config.sharedLevels) {
    attempt("removing a level of cgroups", [&] {
      const auto level = cgroups.open(path);
      // Without the lock, too: a level is in many hierarchies of v1, and another keeper may have
      // found it empty in the first ones alone.
      const UniqueFd lock = lockLevel(*level);
      if (!level->removeIfEmpty() && lock && level->exists()) {
        weigh(cgroups, *level);
      }
    });
  }
}

}  // namespace keeper
