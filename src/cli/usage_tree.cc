#include "cli/usage_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "cli/format.h"
#include "cli/units.h"

namespace cli {
namespace {

using engine::UsageTree;

/// "██████░░░░"; nothing where there is no limit.
std::string bar(double used, double limit) {
  constexpr int width = 10;
  if (limit <= 0) {
    return "";
  }
  const int full = std::clamp(static_cast<int>(std::lround(used / limit * width)), 0, width);
  std::string text;
  for (int at = 0; at < width; ++at) {
    text += at < full ? "█" : "░";
  }
  return text + " ";
}

std::string percent(double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%", number);
  return text.data();
}

std::string cpuCell(const UsageTree& node) {
  const double limit = node.limits.cpuQuota && node.limits.cpuPeriod
                           ? static_cast<double>(*node.limits.cpuQuota) /
                                 static_cast<double>(*node.limits.cpuPeriod) * 100
                           : 0;
  return cat(bar(node.cpuPercent, limit), percent(node.cpuPercent),
             limit > 0 ? cat(" / ", percent(limit)) : "");
}

std::string memoryCell(const UsageTree& node) {
  const auto limit = static_cast<std::uint64_t>(node.limits.memoryMax.value_or(0));
  const std::uint64_t used = node.stats.memoryUsage;
  return cat(bar(static_cast<double>(used), static_cast<double>(limit)), binarySize(used),
             limit > 0 ? cat(" / ", binarySize(limit)) : "");
}

std::string pidsCell(const UsageTree& node) {
  const auto limit = static_cast<std::uint64_t>(node.limits.pidsMax.value_or(0));
  return cat(bar(static_cast<double>(node.stats.pids), static_cast<double>(limit)), node.stats.pids,
             limit > 0 ? cat(" / ", limit) : "");
}

std::string pressureCell(const UsageTree& node) {
  const auto some = [](const std::optional<Pressure>& pressure) {
    return pressure ? percent(pressure->some[0]) : "-";
  };
  return cat(some(node.cpu), " ", some(node.memory), " ", some(node.io));
}

std::vector<std::string> cells(const UsageTree& node, const std::string& prefix) {
  return {prefix + node.name, cpuCell(node), memoryCell(node), pidsCell(node), pressureCell(node)};
}

}  // namespace

std::string renderUsageTree(const UsageTree& tree) {
  std::vector<std::vector<std::string>> rows{
      {"NAME", "CPU", "MEMORY", "PIDS", "PRESSURE (CPU MEMORY IO)"}, cells(tree, "")};
  for (std::size_t at = 0; at < tree.children.size(); ++at) {
    rows.push_back(cells(tree.children[at], at + 1 < tree.children.size() ? "├─ " : "└─ "));
  }
  return cat(tree.path, "\n", renderTable(rows));
}

}  // namespace cli
