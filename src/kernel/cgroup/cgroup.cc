#include "kernel/cgroup/cgroup.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/v1.h"
#include "kernel/cgroup/v2.h"

namespace {

struct MountLine {
  Path mountPoint;
  std::string type, superOptions;
};

/// Blanks and backslashes in a path are written as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// proc_pid_mountinfo(5): "36 35 98:0 /root /mount/point opts [tags] - type source superopts".
std::optional<MountLine> parseLine(std::string_view line) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto before = split(line.substr(0, dash), ' ');
  const auto after = split(line.substr(dash + 3), ' ');
  if (before.size() < 6 || after.size() < 3) {
    return std::nullopt;
  }
  return MountLine{unescape(before[4]), after[0], after[2]};
}

const std::vector<std::string> v1Controllers = {"cpu",     "cpuacct",  "cpuset",  "memory",
                                                "devices", "freezer",  "blkio",   "pids",
                                                "net_cls", "net_prio", "hugetlb", "perf_event"};

/// A hierarchy of v1 without a controller, for the processes alone: "name=systemd".
constexpr std::string_view namedPrefix = "name=";

/// ".." would leave what is peapod's; the callers' paths come from users too (--cgroup-parent).
void checkPath(const std::string& path) {
  const auto levels = split(path, '/');
  const bool named = std::any_of(levels.begin(), levels.end(), [](auto& l) { return !l.empty(); });
  if (!path.starts_with('/') || !named ||
      std::find(levels.begin(), levels.end(), "..") != levels.end()) {
    throw Error(ErrorKind::invalid,
                cat("\"", path, "\" is not the path of a cgroup (an absolute one without \"..\")"));
  }
}

template <typename T>
void takeOver(std::optional<T>& limit, const std::optional<T>& change) {
  if (change) {
    limit = change;
  }
}

void takeOver(std::string& list, const std::string& change) {
  if (!change.empty()) {
    list = change;
  }
}

}  // namespace

void merge(CgroupLimits& limits, const CgroupLimits& change) {
  takeOver(limits.memoryMax, change.memoryMax);
  takeOver(limits.memoryLow, change.memoryLow);
  if (change.swapMax) {
    limits.swapMax = change.swapMax;
    limits.swapImplied = change.swapImplied;
  }
  takeOver(limits.cpuQuota, change.cpuQuota);
  takeOver(limits.cpuPeriod, change.cpuPeriod);
  takeOver(limits.cpuShares, change.cpuShares);
  takeOver(limits.pidsMax, change.pidsMax);
  takeOver(limits.cpusetCpus, change.cpusetCpus);
  takeOver(limits.cpusetMems, change.cpusetMems);
  takeOver(limits.swappiness, change.swappiness);
  takeOver(limits.oomKillDisable, change.oomKillDisable);
  takeOver(limits.rtPeriod, change.rtPeriod);
  takeOver(limits.rtRuntime, change.rtRuntime);
  takeOver(limits.ioWeight, change.ioWeight);
  takeOver(limits.devices, change.devices);
  for (const IoLimit& one : change.io) {
    std::erase_if(limits.io, [&](const IoLimit& old) {
      return old.key == one.key && old.major == one.major && old.minor == one.minor;
    });
    limits.io.push_back(one);
  }
  for (const auto& [size, value] : change.hugetlb) {
    limits.hugetlb[size] = value;
  }
  for (const auto& [file, value] : change.files) {
    limits.files[file] = value;
  }
}

CgroupLayout CgroupLayout::detect(const Path& mountinfo) {
  std::map<std::string, Path> mounts;
  for (const std::string& text : split(readFile(mountinfo), '\n')) {
    const auto line = parseLine(text);
    if (!line) {
      continue;
    }
    if (line->type == "cgroup2") {
      mounts.emplace("", line->mountPoint);
    } else if (line->type == "cgroup") {
      for (const std::string& option : split(line->superOptions, ',')) {
        if (option.starts_with(namedPrefix) ||
            std::find(v1Controllers.begin(), v1Controllers.end(), option) != v1Controllers.end()) {
          mounts.emplace(option, line->mountPoint);
        }
      }
    }
  }
  if (mounts.empty()) {
    throw Error(ErrorKind::unsupported,
                cat("no cgroup file system is mounted (", mountinfo.native(),
                    "); mount one: mount -t cgroup2 none /sys/fs/cgroup"));
  }
  const bool unified = mounts.contains("");
  const bool controllers = std::any_of(mounts.begin(), mounts.end(), [](const auto& mount) {
    return !mount.first.empty() && !mount.first.starts_with(namedPrefix);
  });
  CgroupLayout layout;
  layout.mounts_ = std::make_shared<const std::map<std::string, Path>>(std::move(mounts));
  layout.version_ = !unified ? Version::v1 : controllers ? Version::hybrid : Version::v2;
  return layout;
}

std::string_view CgroupLayout::versionName() const {
  return version_ == Version::v2 ? "v2" : "v1";
}

std::optional<Path> CgroupLayout::mount(const std::string& controller) const {
  const auto found = mounts_->find(controller);
  return found == mounts_->end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> CgroupLayout::controllers() const {
  if (version_ == Version::v2) {
    const std::string text = readFileIfExists(mounts_->at("") / "cgroup.controllers").value_or("");
    const std::string_view names = trim(text);
    return names.empty() ? std::vector<std::string>() : split(names, ' ');
  }
  std::vector<std::string> names;
  for (const auto& [controller, mount] : *mounts_) {
    if (!controller.empty() && !controller.starts_with(namedPrefix)) {
      names.push_back(controller);
    }
  }
  return names;
}

std::unique_ptr<Cgroup> CgroupLayout::open(const std::string& path) const {
  checkPath(path);
  return version_ == Version::v2 ? openCgroupV2(mounts_->at(""), path)
                                 : openCgroupV1(mounts_, path);
}
