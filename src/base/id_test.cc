#include "base/id.h"

#include <gtest/gtest.h>

#include <set>

namespace {

TEST(Id, IsSixtyFourHexadecimalDigits) {
  std::set<std::string> ids;
  for (int round = 0; round < 100; ++round) {
    const std::string id = newId();
    EXPECT_EQ(id.size(), 64U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    EXPECT_EQ(shortId(id), id.substr(0, 12));
    EXPECT_NE(shortId(id).find_first_of("abcdef"), std::string::npos) << "a number is no host name";
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(shortId("abc"), "abc");
}

TEST(Id, RandomNamesAreValidAndVary) {
  std::set<std::string> names;
  for (int round = 0; round < 200; ++round) {
    const std::string name = randomName();
    EXPECT_TRUE(isValidName(name)) << name;
    EXPECT_NE(name.find('_'), std::string::npos);
    names.insert(name);
  }
  EXPECT_GT(names.size(), 150U);
}

TEST(Id, ValidNames) {
  for (const char* name : {"a", "web-1", "my.pod_2", "0abc", "A"}) {
    EXPECT_TRUE(isValidName(name)) << name;
  }
  for (const char* name : {"", "-a", ".a", "_a", "a b", "a/b", "a:b", "\xc3\xa4", "a\n"}) {
    EXPECT_FALSE(isValidName(name)) << name;
  }
}

TEST(Id, BootIdIsAUuidAndStays) {
  EXPECT_EQ(bootId().size(), 36U);
  EXPECT_EQ(bootId(), bootId());
}

}  // namespace
