#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace engine {

/// A field of /proc/meminfo (proc(5)), whose text this is, in bytes; 0 where there is none.
std::uint64_t memoryField(const std::string& meminfo, std::string_view field);

}  // namespace engine
