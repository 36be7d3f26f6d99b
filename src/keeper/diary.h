#pragma once

#include <string>

#include "base/error.h"

namespace keeper {

/// A line on standard error, which is keeper.log: what nobody waits to be told.
void note(const std::string& text);

/// Runs a step whose failure must not stop the others, such as one of a clean-up; notes an Error.
template <typename Step>
void attempt(const char* operation, Step&& step) noexcept {
  try {
    step();
  } catch (const std::exception& error) {
    note(cat(std::string_view(operation), ": ", std::string_view(error.what())));
  }
}

}  // namespace keeper
