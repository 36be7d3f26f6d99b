#include <algorithm>

#include "kube/pod_fields.h"

namespace kube {

namespace {

constexpr std::int64_t leastMemory = 6 << 20;    // as --memory has it
constexpr std::int64_t mostCpu = 1'000'000'000;  // a million processors

constexpr std::string_view hugepagesPrefix = "hugepages-";

struct Given {
  std::optional<Quantity> cpu, memory;
  std::map<std::string, std::int64_t> hugepages;  ///< bytes by the size as the manifest has it
};

Given readAmounts(const std::optional<Field>& field) {
  Given given;
  if (!field) {
    return given;
  }
  for (const auto& [name, value] : field->members()) {
    if (name == "cpu") {
      given.cpu = value.quantity();
      if (given.cpu->thousandths() > mostCpu) {
        value.refuse("there are not so many processors");
      }
    } else if (name == "memory") {
      given.memory = value.quantity();
    } else if (name.starts_with(hugepagesPrefix)) {
      given.hugepages[name.substr(hugepagesPrefix.size())] = value.quantity().units();
    } else {
      value.refuseForNow();
    }
  }
  return given;
}

/// "2Mi" is "2MB" to the kernel.
std::string pageSize(const Field& amounts, const std::string& size) {
  const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
  const std::string unit = size.substr(digits);
  if (digits == 0 || (unit != "Ki" && unit != "Mi" && unit != "Gi")) {
    amounts.refuse(cat("\"", size, "\" is not a size of pages such as 2Mi"));
  }
  return cat(size.substr(0, digits), unit[0], "B");
}

/// Pages of this kind are set aside for whom asks: no more can be had than was requested.
std::map<std::string, std::int64_t> hugepagesOf(const Field& resources, const Given& limits,
                                                const Given& requests) {
  std::map<std::string, std::int64_t> pages;
  for (const auto& [size, bytes] : limits.hugepages) {
    pages[pageSize(resources, size)] = bytes;
  }
  for (const auto& [size, bytes] : requests.hugepages) {
    const auto limit = limits.hugepages.find(size);
    if (limit == limits.hugepages.end() || limit->second != bytes) {
      resources.refuse(cat("the limit of ", hugepagesPrefix, size, " must be its request"));
    }
  }
  if (!pages.empty() && !limits.cpu && !limits.memory && !requests.cpu && !requests.memory) {
    resources.refuse("huge pages need a request for cpu or memory, too");
  }
  return pages;
}

void checkOrder(const Field& requests, const char* name, const std::optional<Quantity>& request,
                const std::optional<Quantity>& limit) {
  if (request && limit && *limit < *request) {
    requests.refuse(cat("the request for ", name, " is above its limit"));
  }
}

Amounts amountsOf(const Given& given) {
  return {given.cpu ? given.cpu->thousandths() : 0, given.memory ? given.memory->units() : 0};
}

}  // namespace

Demand readResources(const Field& field) {
  Fields fields(field);
  const auto limitField = fields.find("limits"), requestField = fields.find("requests");
  fields.finish(std::array<std::string_view, 1>{"claims"});
  const Given limits = readAmounts(limitField);
  Given requests = readAmounts(requestField);
  if (requestField) {
    checkOrder(*requestField, "cpu", requests.cpu, limits.cpu);
    checkOrder(*requestField, "memory", requests.memory, limits.memory);
  }
  requests.cpu = requests.cpu ? requests.cpu : limits.cpu;
  requests.memory = requests.memory ? requests.memory : limits.memory;
  Demand demand{amountsOf(requests), amountsOf(limits), hugepagesOf(field, limits, requests)};
  if (demand.limits.memory > 0 && demand.limits.memory < leastMemory) {
    limitField->refuse(cat("the minimum memory limit is ", leastMemory, " bytes (6Mi)"));
  }
  return demand;
}

}  // namespace kube
