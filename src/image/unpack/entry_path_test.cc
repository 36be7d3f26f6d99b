#include "image/unpack/entry_path.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unpack {
namespace {

TEST(EntryPath, IsRelativeAndClean) {
  EXPECT_EQ(entryPath("./a/b/"), "a/b");
  EXPECT_EQ(entryPath("/etc//passwd"), "etc/passwd");
  EXPECT_EQ(entryPath("a/./b/../c"), "a/c");
  EXPECT_EQ(entryPath("./"), "");
  EXPECT_EQ(entryPath("a..b/..c"), "a..b/..c");
}

TEST(EntryPath, RefusesToClimbOut) {
  for (const char* name : {"..", "../x", "/../x", "a/../../x", "./a/b/../../../x"}) {
    EXPECT_THROW(entryPath(name), Error) << name;
  }
}

}  // namespace
}  // namespace unpack
