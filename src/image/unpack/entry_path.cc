#include "image/unpack/entry_path.h"

#include <vector>

#include "base/error.h"

namespace unpack {

std::string entryPath(std::string_view name) {
  std::vector<std::string> pieces;
  for (std::string& piece : split(name, '/')) {
    if (piece.empty() || piece == ".") {
      continue;
    }
    if (piece != "..") {
      pieces.push_back(std::move(piece));
      continue;
    }
    if (pieces.empty()) {
      throw Error(ErrorKind::invalid, cat("the entry \"", name,
                                          "\" is refused: it leads out of the archive by \"..\""));
    }
    pieces.pop_back();
  }
  return join(pieces, "/");
}

std::pair<std::string, std::string> splitPath(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return {"", path};
  }
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace unpack
