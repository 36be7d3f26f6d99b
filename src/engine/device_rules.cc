#include "engine/device_rules.h"

#include <algorithm>

#include "engine/capabilities.h"
#include "engine/resources.h"
#include "engine/spec_builder.h"

namespace engine {

namespace {

constexpr std::string_view allAccess = "rwm";

std::string accessOf(const std::string& device) {
  const std::vector<std::string> parts = split(device, ':');
  const bool last = parts.size() > 1 && !parts.back().empty() && parts.back().front() != '/';
  return last ? parts.back() : std::string(allAccess);
}

bool isWhole(const std::string& access) {
  return std::all_of(allAccess.begin(), allAccess.end(),
                     [&](char letter) { return access.find(letter) != std::string::npos; });
}

DeviceRule rule(const char* type, std::optional<unsigned> major, std::optional<unsigned> minor,
                const std::string& access = std::string(allAccess)) {
  return {true, type, major, minor, access};
}

/// What every container has in /dev, and the making of nodes, which opens nothing.
std::vector<DeviceRule> basicRules() {
  constexpr unsigned memory = 1, terminals = 5, ptys = 136;
  std::vector<DeviceRule> rules{rule("c", {}, {}, "m"), rule("b", {}, {}, "m")};
  for (const unsigned minor : {3U, 5U, 7U, 8U, 9U}) {  // null zero full random urandom
    rules.push_back(rule("c", memory, minor));
  }
  for (const unsigned minor : {0U, 1U, 2U}) {  // tty console ptmx
    rules.push_back(rule("c", terminals, minor));
  }
  rules.push_back(rule("c", ptys, {}));
  return rules;
}

bool canMakeDevices(const ContainerSpec& spec) {
  const auto bounding = boundingCapabilities(false, spec.capAdd, spec.capDrop);
  return std::any_of(bounding.begin(), bounding.end(), [](const std::string& name) {
    return name == "CAP_MKNOD" || name == "CAP_SYS_ADMIN";
  });
}

std::optional<unsigned> deviceNumber(const std::string& text, const std::string& whole) {
  if (text == "*") {
    return std::nullopt;
  }
  const auto number = parseNumber<unsigned>(text);
  if (!number) {
    refuse(cat("--device-cgroup-rule \"", whole, "\": \"", text, "\" is no number, nor *"));
  }
  return number;
}

}  // namespace

DeviceRule parseDeviceRule(const std::string& text) {
  const auto words = split(text, ' ');
  const auto numbers = words.size() == 3 ? split(words[1], ':') : std::vector<std::string>{};
  const bool knownType = words[0] == "a" || words[0] == "b" || words[0] == "c";
  if (!knownType || numbers.size() != 2 || words[2].empty() || words[2].size() > 3 ||
      words[2].find_first_not_of("rwm") != std::string::npos) {
    refuse(cat("--device-cgroup-rule \"", text,
               "\": it must be TYPE MAJOR:MINOR ACCESS, such as \"c 10:* rw\""));
  }
  return {true, words[0], deviceNumber(numbers[0], text), deviceNumber(numbers[1], text), words[2]};
}

std::optional<std::vector<DeviceRule>> deviceRules(const ContainerSpec& spec,
                                                   const std::vector<std::string>& podDevices) {
  std::vector<std::string> devices = podDevices;
  devices.insert(devices.end(), spec.devices.begin(), spec.devices.end());
  const bool whole = std::all_of(devices.begin(), devices.end(), [](const std::string& device) {
    return isWhole(accessOf(device));
  });
  if (spec.privileged || (whole && spec.deviceRules.empty() && !canMakeDevices(spec))) {
    return std::nullopt;
  }
  std::vector<DeviceRule> rules = basicRules();
  for (const std::string& text : devices) {
    for (const oci::Device& device : devicesOf(text)) {
      rules.push_back(rule(device.type == "b" ? "b" : "c", static_cast<unsigned>(device.major),
                           static_cast<unsigned>(device.minor), accessOf(text)));
    }
  }
  std::transform(spec.deviceRules.begin(), spec.deviceRules.end(), std::back_inserter(rules),
                 parseDeviceRule);
  return rules;
}

}  // namespace engine
