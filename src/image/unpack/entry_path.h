#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace unpack {

/// An archive entry's name as a path below the target: no empty, "." or ".." pieces, no slash at
/// either end; empty for the target itself. An absolute name is taken as relative. Error (invalid)
/// that names the entry where ".." leads out of the target.
std::string entryPath(std::string_view name);

/// The path's directory ("" for the target) and its last piece.
std::pair<std::string, std::string> splitPath(const std::string& path);

}  // namespace unpack
