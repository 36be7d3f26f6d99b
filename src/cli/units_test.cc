#include "cli/units.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(Units, HumanSizeIsDecimalWithThreeDigits) {
  EXPECT_EQ(humanSize(0), "0 B");
  EXPECT_EQ(humanSize(999), "999 B");
  EXPECT_EQ(humanSize(1234), "1.23 kB");
  EXPECT_EQ(humanSize(12'300'000), "12.3 MB");
  EXPECT_EQ(humanSize(187'000'000), "187 MB");
  EXPECT_EQ(humanSize(5'000'000'000), "5 GB");
  EXPECT_EQ(humanSize(18'446'744'073'709'551'615U), "18.4 EB");
}

TEST(Units, ANumberThatRoundsUpTakesTheNextUnit) {
  EXPECT_EQ(humanSize(999'999), "1 MB");
  EXPECT_EQ(binarySize((1U << 20) - 1), "1MiB");
}

TEST(Units, CompactAndBinary) {
  EXPECT_EQ(compactSize(12'345'678), "12.35MB");
  EXPECT_EQ(binarySize(1'258'291), "1.2MiB");
  EXPECT_EQ(binarySize(512U << 10), "512KiB");
  EXPECT_EQ(binarySize(1'073'741'824), "1GiB");
  EXPECT_EQ(binarySize(1023U << 20), "1023MiB");
}

}  // namespace
}  // namespace cli
