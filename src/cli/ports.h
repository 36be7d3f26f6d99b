#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "network/network.h"
#include "spec/request.h"

namespace cli {

/// One port mapping as `--publish` has it: [[IP:][HOST[-LAST]]:]CONTAINER[-LAST][/PROTOCOL], an
/// IPv6 address in brackets. Error (invalid) says what is wrong with it.
PortMapping parsePort(std::string_view text);

/// "0.0.0.0:8080->80/tcp, 0.0.0.0:9000-9002->9000-9002/udp": the column of `ps`, neighbours as
/// ranges.
std::string portsText(const std::vector<network::PublishedPort>& ports);
/// "0.0.0.0:8080", an IPv6 address in brackets.
std::string hostSide(const network::PublishedPort& port);

}  // namespace cli
