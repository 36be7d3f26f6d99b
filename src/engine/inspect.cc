#include "engine/inspect.h"

#include <algorithm>

#include "base/json.h"

namespace engine {

namespace {

std::string ipOf(const std::string& address) {
  return address.substr(0, address.find('/'));
}

int prefixOf(const std::string& address) {
  const std::size_t slash = address.find('/');
  return slash == std::string::npos ? 0 : parseNumber<int>(address.substr(slash + 1)).value_or(0);
}

}  // namespace

Json listOrNull(const std::vector<std::string>& texts) {
  return texts.empty() ? Json(nullptr) : Json(texts);
}

Json portBindings(const std::vector<network::PublishedPort>& ports) {
  Json bindings = Json::object();
  for (const network::PublishedPort& port : ports) {
    bindings[cat(port.containerPort, "/", port.protocol)].push_back(
        {{"HostIp", port.hostIp}, {"HostPort", std::to_string(port.hostPort)}});
  }
  return bindings;
}

Json mountDocument(const Mount& mount) {
  std::vector<std::string> options;
  std::string propagation = mount.type == "bind" ? "rprivate" : "";
  bool writable = true;
  for (const std::string& option : mount.options) {
    if (option == "ro" || option == "rw") {
      writable = option == "rw";
    } else if (option.ends_with("private") || option.ends_with("slave") ||
               option.ends_with("shared")) {
      propagation = option;
    } else {
      options.push_back(option);
    }
  }
  const bool hasBind = std::find(options.begin(), options.end(), "bind") != options.end() ||
                       std::find(options.begin(), options.end(), "rbind") != options.end();
  if (mount.type == "bind" && !hasBind) {
    options.emplace_back("rbind");
  }
  return {{"Type", mount.type},
          {"Source", mount.source},
          {"Destination", mount.target},
          {"Driver", ""},
          {"Mode", ""},
          {"Options", options},
          {"RW", writable},
          {"Propagation", propagation}};
}

Json deviceLimits(const std::vector<DeviceLimit>& limits, const char* valueName) {
  Json list = limits.empty() ? Json() : Json::array();
  for (const DeviceLimit& limit : limits) {
    list.push_back({{"Path", limit.device}, {valueName, limit.value}});
  }
  return list;
}

std::string timeText(std::int64_t nanoseconds) {
  if (nanoseconds == 0) {
    return "0001-01-01T00:00:00Z";
  }
  return formatTime(Time(std::chrono::nanoseconds(nanoseconds)));
}

Json networkSettings(const std::optional<network::Lease>& lease,
                     const std::vector<network::PublishedPort>& ports,
                     const std::vector<std::string>& networks, const std::string& sandboxKey) {
  const network::Lease address = lease.value_or(network::Lease{});
  const Json endpoint{{"EndpointID", ""},
                      {"Gateway", address.gateway4},
                      {"IPAddress", ipOf(address.address4)},
                      {"IPPrefixLen", prefixOf(address.address4)},
                      {"IPv6Gateway", address.gateway6},
                      {"GlobalIPv6Address", ipOf(address.address6)},
                      {"GlobalIPv6PrefixLen", prefixOf(address.address6)},
                      {"MacAddress", address.mac}};
  Json settings = endpoint;
  settings["Bridge"] = "";
  settings["SandboxID"] = "";
  settings["HairpinMode"] = false;
  settings["LinkLocalIPv6Address"] = "";
  settings["LinkLocalIPv6PrefixLen"] = 0;
  settings["Ports"] = portBindings(ports);
  settings["SandboxKey"] = sandboxKey;
  for (const std::string& name : networks) {
    Json network = endpoint;
    network["NetworkID"] = name;
    network["DriverOpts"] = nullptr;
    network["IPAMConfig"] = nullptr;
    network["Links"] = nullptr;
    settings["Networks"][name] = std::move(network);
  }
  return settings;
}

}  // namespace engine
