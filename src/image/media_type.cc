#include "image/media_type.h"

#include <unistd.h>

#include <string_view>

#include "base/error.h"

namespace image::mediaType {

std::optional<std::string> ofLayer(const UniqueFd& file) {
  char bytes[6] = {};
  if (pread(file.get(), bytes, sizeof bytes, 0) < 0) {
    throw systemError("reading a layer");
  }
  const std::string_view start(bytes, sizeof bytes);
  if (start.starts_with("\x1f\x8b")) {
    return cat(layer, "+gzip");
  }
  if (start.starts_with("\x28\xb5\x2f\xfd")) {
    return cat(layer, "+zstd");
  }
  if (start.starts_with("BZh") || start.starts_with("\xfd"
                                                    "7zXZ")) {
    return std::nullopt;
  }
  return layer;
}

}  // namespace image::mediaType
