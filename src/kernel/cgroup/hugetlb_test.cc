#include "kernel/cgroup/hugetlb.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

TEST(Hugetlb, SizesAreNamedAsTheControllersFilesAre) {
  std::string pattern = testing::TempDir() + "hugepages-XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  for (const char* size : {"64kB", "2048kB", "1048576kB"}) {
    std::filesystem::create_directory(Path(pattern) / (std::string("hugepages-") + size));
  }
  auto sizes = hugePageSizes(pattern);
  std::sort(sizes.begin(), sizes.end());
  EXPECT_EQ(sizes, (std::vector<std::string>{"1GB", "2MB", "64KB"}));
  std::filesystem::remove_all(pattern);
  EXPECT_TRUE(hugePageSizes(pattern).empty());
}

}  // namespace
