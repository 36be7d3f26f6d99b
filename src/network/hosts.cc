#include "network/hosts.h"

#include <algorithm>

#include "base/text.h"

namespace network {

namespace {

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : line.substr(0, line.find_first_of("#;"))) {
    if (c == ' ' || c == '\t' || c == '\r') {
      if (!word.empty()) {
        found.push_back(std::move(word));
        word.clear();
      }
    } else {
      word += c;
    }
  }
  if (!word.empty()) {
    found.push_back(std::move(word));
  }
  return found;
}

bool isLoopback(const std::string& server) {
  return server.starts_with("127.") || server == "::1" || server.starts_with("::ffff:127.");
}

}  // namespace

std::string hostsFile(const std::vector<HostsEntry>& entries) {
  std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
  for (const HostsEntry& entry : entries) {
    if (!entry.names.empty()) {
      text += cat(entry.address, '\t', join(entry.names, " "), '\n');
    }
  }
  return text;
}

std::string resolvConf(const std::string& hostText, const std::vector<std::string>& servers,
                       const std::vector<std::string>& search,
                       const std::vector<std::string>& options) {
  std::vector<std::string> hostServers;
  std::vector<std::string> hostSearch;
  std::vector<std::string> hostOptions;
  for (const std::string& line : split(hostText, '\n')) {
    const auto found = words(line);
    if (found.size() < 2) {
      continue;
    }
    if (found[0] == "nameserver" && !isLoopback(found[1])) {
      hostServers.push_back(found[1]);
    } else if (found[0] == "search" || found[0] == "domain") {  // the last one counts
      hostSearch.assign(found.begin() + 1, found.end());
    } else if (found[0] == "options") {
      hostOptions.insert(hostOptions.end(), found.begin() + 1, found.end());
    }
  }
  std::string text;
  // "." asks for no search list at all, as in Docker and Podman.
  const auto& names = search.empty() ? hostSearch : search;
  if (!names.empty() && names != std::vector<std::string>{"."}) {
    text += cat("search ", join(names, " "), '\n');
  }
  for (const std::string& server : servers.empty() ? hostServers : servers) {
    text += cat("nameserver ", server, '\n');
  }
  if (const auto& set = options.empty() ? hostOptions : options; !set.empty()) {
    text += cat("options ", join(set, " "), '\n');
  }
  return text;
}

}  // namespace network
