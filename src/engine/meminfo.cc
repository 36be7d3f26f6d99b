#include "engine/meminfo.h"

#include "base/text.h"

namespace engine {

std::uint64_t memoryField(const std::string& meminfo, std::string_view field) {
  for (const std::string& line : split(meminfo, '\n')) {
    if (line.starts_with(field) && line[field.size()] == ':') {
      const std::string kibibytes(trim(std::string_view(line).substr(field.size() + 1)));
      return parseNumber<std::uint64_t>(kibibytes.substr(0, kibibytes.find(' '))).value_or(0) *
             1024;
    }
  }
  return 0;
}

}  // namespace engine
