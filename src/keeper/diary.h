#pragma once

#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

namespace keeper {

/// A line on standard error, which is keeper.log: what nobody waits to be told.
void note(const std::string& text);

/// While it lives, notes go to the end of this file: for a command that does a keeper's work, whose
/// standard error is its user's. Where the file cannot be opened they are lost. One at a time.
class DiaryFile {
 public:
  explicit DiaryFile(const Path& file);
  DiaryFile(const DiaryFile&) = delete;
  DiaryFile& operator=(const DiaryFile&) = delete;
  ~DiaryFile();

 private:
  UniqueFd fd_;
};

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
