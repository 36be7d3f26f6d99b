#pragma once

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/file.h"

/// For tests: a new directory that is removed at the end.
class TestDir {
 public:
  TestDir() {
    std::string name = (std::filesystem::temp_directory_path() / "peapod-test-XXXXXX").native();
    if (mkdtemp(name.data()) == nullptr) {
      throw systemError("creating ", name);
    }
    path_ = name;
  }
  TestDir(const TestDir&) = delete;
  TestDir& operator=(const TestDir&) = delete;
  ~TestDir() {
    try {
      removeTree(path_);
    } catch (const Error&) {
      // The directory stays; the test says why by itself.
    }
  }

  const Path& path() const { return path_; }
  Path operator/(std::string_view name) const { return path_ / name; }

 private:
  Path path_;
};
