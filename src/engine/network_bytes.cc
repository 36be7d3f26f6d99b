#include "engine/network_bytes.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace engine {

NetworkBytes parseNetworkBytes(std::string_view text) {
  constexpr std::size_t outField = 8;  // after the eight numbers of what was received
  NetworkBytes bytes;
  for (const std::string& line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || trim(line.substr(0, colon)) == "lo") {
      continue;
    }
    auto fields = split(line.substr(colon + 1), ' ');
    std::erase(fields, "");
    if (fields.size() > outField) {
      bytes.in += parseNumber<std::uint64_t>(fields[0]).value_or(0);
      bytes.out += parseNumber<std::uint64_t>(fields[outField]).value_or(0);
    }
  }
  return bytes;
}

NetworkBytes networkBytes(pid_t pid, const Path& proc) {
  try {
    return parseNetworkBytes(readFileIfExists(proc / cat(pid) / "net/dev").value_or(""));
  } catch (const Error&) {
    return {};  // it has ended meanwhile
  }
}

}  // namespace engine
