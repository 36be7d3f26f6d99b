#include "base/text.h"

#include <gtest/gtest.h>

namespace {

using Texts = std::vector<std::string>;

TEST(Text, CatJoinsTextsLettersAndNumbers) {
  EXPECT_EQ(cat("pod ", std::string("web"), ':', 3, " of ", std::uint64_t{18446744073709551615U}),
            "pod web:3 of 18446744073709551615");
  EXPECT_EQ(cat(), "");
}

TEST(Text, Split) {
  EXPECT_EQ(split("a,b,,c", ','), (Texts{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), (Texts{""}));
  EXPECT_EQ(split("a=b=c", '=', 2), (Texts{"a", "b=c"}));
  EXPECT_EQ(split("a", '=', 2), (Texts{"a"}));
}

TEST(Text, Join) {
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ","), "");
  EXPECT_EQ(join({"", ""}, ","), ",");
}

TEST(Text, TrimAndLower) {
  EXPECT_EQ(trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(lower("AbC-1"), "abc-1");
}

TEST(Text, NumbersAreWholeTexts) {
  EXPECT_EQ(parseNumber<int>("-12"), -12);
  EXPECT_EQ(parseNumber<unsigned short>("65535"), 65535);
  for (const char* text : {"", " 1", "1 ", "1x", "0x1", "+1", "99999999999"}) {
    EXPECT_FALSE(parseNumber<int>(text)) << text;
  }
  EXPECT_FALSE(parseNumber<unsigned short>("65536"));
  EXPECT_FALSE(parseNumber<unsigned>("-1"));
}

TEST(Text, Fractions) {
  EXPECT_EQ(parseFraction("1.5"), 1.5);
  EXPECT_EQ(parseFraction("-2"), -2);
  for (const char* text : {"", "nan", "inf", "1e3", "1.5x", "1,5", " 1"}) {
    EXPECT_FALSE(parseFraction(text)) << text;
  }
}

TEST(Text, SizesHavePowersOf1024) {
  EXPECT_EQ(parseSize("512"), 512);
  EXPECT_EQ(parseSize("512b"), 512);
  EXPECT_EQ(parseSize("1k"), 1024);
  EXPECT_EQ(parseSize("64MB"), 64LL << 20);
  EXPECT_EQ(parseSize("64MiB"), 64LL << 20);
  EXPECT_EQ(parseSize("6g"), 6LL << 30);
  EXPECT_EQ(parseSize("1.5G"), 3LL << 29);
  EXPECT_EQ(parseSize("2t"), 2LL << 40);
  EXPECT_EQ(parseSize("0"), 0);
  for (const char* text :
       {"", "g", "-1", "1x", "1gg", "1 g", "1bb", "1bib", "99999999999t", "1.2.3k"}) {
    EXPECT_FALSE(parseSize(text)) << text;
  }
}

}  // namespace
