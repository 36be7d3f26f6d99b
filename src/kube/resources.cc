#include <algorithm>

#include "kube/pod_fields.h"

namespace kube {

namespace {

constexpr std::int64_t leastMemory = 6 << 20;    // as --memory has it
constexpr std::int64_t mostCpu = 1'000'000'000;  // a million processors

struct Given {
  std::optional<Quantity> cpu, memory;
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
    } else {
      value.refuseForNow();
    }
  }
  return given;
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
  const Demand demand{amountsOf(requests), amountsOf(limits)};
  if (demand.limits.memory > 0 && demand.limits.memory < leastMemory) {
    limitField->refuse(cat("the minimum memory limit is ", leastMemory, " bytes (6Mi)"));
  }
  return demand;
}

}  // namespace kube
