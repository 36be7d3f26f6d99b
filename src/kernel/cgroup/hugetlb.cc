#include "kernel/cgroup/hugetlb.h"

#include "base/text.h"
#include "kernel/cgroup/knobs.h"

namespace {

/// Linux: mm/hugetlb_cgroup.c, mem_fmt().
std::string hugePageName(std::uint64_t kibibytes) {
  constexpr std::uint64_t next = 1024;
  return kibibytes >= next * next ? cat(kibibytes / next / next, "GB")
         : kibibytes >= next      ? cat(kibibytes / next, "MB")
                                  : cat(kibibytes, "KB");
}

}  // namespace

std::vector<std::string> hugePageSizes(const Path& sys) {
  constexpr std::string_view lead = "hugepages-", unit = "kB";
  std::vector<std::string> sizes;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(sys, none)) {
    std::string name = entry.path().filename();
    if (name.starts_with(lead) && name.ends_with(unit)) {
      name = name.substr(lead.size(), name.size() - lead.size() - unit.size());
      if (const auto kibibytes = parseNumber<std::uint64_t>(name)) {
        sizes.push_back(hugePageName(*kibibytes));
      }
    }
  }
  return sizes;
}

void addHugetlbLimits(const Path& directory, std::string_view suffix, CgroupLimits& out) {
  for (const std::string& size : hugePageSizes()) {
    if (const auto limit = readCount(directory, cat("hugetlb.", size, suffix))) {
      out.hugetlb[size] = static_cast<std::int64_t>(*limit);
    }
  }
}
