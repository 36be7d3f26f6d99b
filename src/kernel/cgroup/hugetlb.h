#pragma once

#include "kernel/cgroup/cgroup.h"

/// The sizes of huge pages that the machine has, as the hugetlb controller's files are named
/// ("2MB").
std::vector<std::string> hugePageSizes(const Path& sys = "/sys/kernel/mm/hugepages");

/// The numbers in the node's files hugetlb.SIZE<suffix>.
void addHugetlbLimits(const Path& directory, std::string_view suffix, CgroupLimits& out);
