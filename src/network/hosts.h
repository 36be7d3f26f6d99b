#pragma once

#include <string>
#include <vector>

namespace network {

struct HostsEntry {
  std::string address;
  std::vector<std::string> names;
};

/// /etc/hosts of a pod: localhost in both families, the entries in order, as hosts(5).
std::string hostsFile(const std::vector<HostsEntry>& entries);

/// /etc/resolv.conf of a pod: from the host's text without name servers on loopback (they are not
/// the pod's loopback), with what the user asked for in place of it. resolv.conf(5).
std::string resolvConf(const std::string& hostText, const std::vector<std::string>& servers,
                       const std::vector<std::string>& search,
                       const std::vector<std::string>& options);

}  // namespace network
