#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace cli {

/// What is wrong with an option's value; the option's name is added by Options.
inline Error invalidValue(std::string_view value, std::string_view rule) {
  return {ErrorKind::invalid, cat("invalid value \"", value, "\": it must be ", rule)};
}

/// A value that Podman takes.
inline Error unsupportedValue(std::string_view value) {
  return {ErrorKind::unsupported, cat("\"", value, "\" is not supported yet")};
}

}  // namespace cli
