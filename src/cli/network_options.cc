#include "cli/network_options.h"

#include <arpa/inet.h>

#include "cli/ports.h"

namespace cli {
namespace {

void checkAddress(const std::string& text, int family, std::string_view what) {
  unsigned char binary[sizeof(in6_addr)];
  if (inet_pton(family, text.c_str(), binary) != 1) {
    throw Error(ErrorKind::invalid, cat("\"", text, "\" is no ", what, " address"));
  }
}

bool isAddress(const std::string& text) {
  unsigned char binary[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), binary) == 1 ||
         inet_pton(AF_INET6, text.c_str(), binary) == 1;
}

void checkMac(const std::string& text) {
  const auto octets = split(text, ':');
  bool good = octets.size() == 6;
  for (const auto& octet : octets) {
    good = good && octet.size() == 2 &&
           octet.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  }
  if (!good) {
    throw Error(ErrorKind::invalid,
                cat("\"", text, "\" is no MAC address: it must be like 92:d0:c6:0a:29:33"));
  }
}

void checkHost(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string address = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (colon == 0 || !(isAddress(address) || address == "host-gateway")) {
    throw Error(ErrorKind::invalid, cat("invalid host \"", text, "\": it must be NAME:ADDRESS"));
  }
}

/// Podman takes "none" for an empty list of DNS servers, which makes no resolv.conf at all.
void checkDns(const std::string& text) {
  if (text == "none") {
    throw Error(ErrorKind::unsupported, "\"none\" is not supported yet");
  }
  if (!isAddress(text)) {
    throw Error(ErrorKind::invalid, cat("\"", text, "\" is no IP address"));
  }
}

}  // namespace

void setNamespaceMode(NamespaceModes& modes, NamespaceKind kind, const std::string& text) {
  const bool net = kind == NamespaceKind::net, ipc = kind == NamespaceKind::ipc;
  const bool own = text == "private" || (text == "none" && (net || ipc)) ||
                   (text == "bridge" && net) || (text == "shareable" && ipc);
  if (own) {
    modes[kind] = {NamespaceMode::Source::own, ""};
    return;
  }
  const bool elsewhere =
      text == "host" || text == "pod" || text.starts_with("container:") || text.starts_with("ns:");
  if (!elsewhere) {
    const std::string_view more = net ? "bridge, none, " : ipc ? "shareable, none, " : "";
    throw Error(ErrorKind::invalid,
                cat("unknown ", traits(kind).name, " namespace \"", text, "\": it must be ", more,
                    "private, host, container:NAME or ns:PATH"));
  }
  modes[kind] = parseNamespaceMode(text);
}

NetworkOptions::NetworkOptions(Options& options) : options_(options) {
  const auto checkedList = [&options](std::string_view names, std::vector<std::string>& target,
                                      std::string help, void (*check)(const std::string&)) {
    options.each(names, std::move(help), "strings", [&target, check](const std::string& value) {
      for (auto& element : splitList(value)) {
        check(element);
        target.push_back(std::move(element));
      }
    });
  };
  options.each("--network --net", "Network: bridge, none, host, private, container:NAME or ns:PATH",
               "string", [this](const std::string& value) { mode_ = value; });
  options.commaList(
      "-p --publish", ports_,
      "Publish a port, or a range of ports, to the host ([[IP:]HOST:]PORT[/PROTOCOL])");
  options.each("--ip", "Static IPv4 address", "string", [this](const std::string& value) {
    checkAddress(value, AF_INET, "IPv4");
    request_.ip = value;
  });
  options.each("--ip6", "Static IPv6 address", "string", [this](const std::string& value) {
    checkAddress(value, AF_INET6, "IPv6");
    request_.ip6 = value;
  });
  options.each("--mac-address", "MAC address, such as 92:d0:c6:0a:29:33", "string",
               [this](const std::string& value) {
                 checkMac(value);
                 request_.mac = value;
               });
  checkedList("--dns", request_.dnsServers, "Set DNS servers", checkDns);
  options.commaList("--dns-option --dns-opt", request_.dnsOptions, "Set DNS options");
  options.commaList("--dns-search", request_.dnsSearch, "Set DNS search domains");
  checkedList("--add-host", request_.addHosts, "Add a line to /etc/hosts (name:address)",
              checkHost);
  options.flag("--no-hosts", request_.noHosts,
               "Make no /etc/hosts: the image's own is what containers see");
  options.commaList("--network-alias", request_.aliases, "Add a name to /etc/hosts");
}

bool NetworkOptions::any() const {
  for (const char* name :
       {"--network", "--publish", "--ip", "--ip6", "--mac-address", "--dns", "--dns-option",
        "--dns-search", "--add-host", "--no-hosts", "--network-alias"}) {
    if (options_.given(name)) {
      return true;
    }
  }
  return false;
}

NetworkRequest NetworkOptions::request(NamespaceModes& modes) const {
  NetworkRequest request = request_;
  for (const auto& port : ports_) {
    request.ports.push_back(within("option --publish", [&] { return parsePort(port); }));
  }
  if (!mode_) {
    return request;
  }
  const std::string name = mode_->substr(0, mode_->find(':'));
  const bool known = name == "bridge" || name == "none" || name == "host" || name == "private" ||
                     name == "container" || name == "ns";
  if (!known || mode_->starts_with("bridge:")) {
    throw Error(ErrorKind::unsupported,
                cat("option --network: network \"", *mode_,
                    "\": only the default network is "
                    "supported yet: give bridge, none, host, private, container:NAME or ns:PATH"));
  }
  within("option --network", [&] { setNamespaceMode(modes, NamespaceKind::net, *mode_); });
  request.mode = *mode_ == "none" ? NetworkRequest::Mode::none : NetworkRequest::Mode::bridge;
  if (!request.ports.empty() && !(name == "bridge" || name == "private")) {
    throw Error(ErrorKind::invalid,
                cat("option --publish: no ports can be published with --network ", *mode_));
  }
  return request;
}

}  // namespace cli
