#include "kube/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace kube {
namespace {

std::optional<std::int64_t> units(std::string_view text) {
  const auto quantity = Quantity::parse(text);
  return quantity ? std::optional(quantity->units()) : std::nullopt;
}

std::optional<std::int64_t> thousandths(std::string_view text) {
  const auto quantity = Quantity::parse(text);
  return quantity ? std::optional(quantity->thousandths()) : std::nullopt;
}

TEST(Quantity, HasKubernetesSuffixes) {
  EXPECT_EQ(units("0"), 0);
  EXPECT_EQ(units("12"), 12);
  EXPECT_EQ(units("+12"), 12);
  EXPECT_EQ(units("128Mi"), 128 << 20);
  EXPECT_EQ(units("1G"), 1'000'000'000);
  EXPECT_EQ(units("1Gi"), 1 << 30);
  EXPECT_EQ(units("1k"), 1000);
  EXPECT_EQ(units("1Ki"), 1024);
  EXPECT_EQ(units("1E"), 1'000'000'000'000'000'000);
  EXPECT_EQ(units("1.5Gi"), 3LL << 29);
  EXPECT_EQ(units("1e3"), 1000);
  EXPECT_EQ(units("1E3"), 1000);
  EXPECT_EQ(units("1e+3"), 1000);
  EXPECT_EQ(units("12e-1"), 2);
  EXPECT_EQ(units("1Ei"), 1LL << 60);
}

TEST(Quantity, CountsProcessorsInThousandths) {
  EXPECT_EQ(thousandths("100m"), 100);
  EXPECT_EQ(thousandths("0.5"), 500);
  EXPECT_EQ(thousandths(".5"), 500);
  EXPECT_EQ(thousandths("1."), 1000);
  EXPECT_EQ(thousandths("2"), 2000);
  EXPECT_EQ(thousandths("1.5e1"), 15000);
}

TEST(Quantity, RoundsUpWhatIsFiner) {
  EXPECT_EQ(units("100m"), 1);
  EXPECT_EQ(units("1001m"), 2);
  EXPECT_EQ(thousandths("1u"), 1);
  EXPECT_EQ(thousandths("0.0000000001"), 1);
  EXPECT_EQ(units("1e-90"), 1);
  EXPECT_EQ(units("-1500m"), -2);
  EXPECT_EQ(units("0e90"), 0);
}

TEST(Quantity, ComparesWhatIsWrittenInDifferentWays) {
  EXPECT_EQ(Quantity::parse("1000m"), Quantity::parse("1"));
  EXPECT_LT(Quantity::parse("1G"), Quantity::parse("1Gi"));
  EXPECT_LT(Quantity::parse("-1"), Quantity::parse("0"));
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const char* text : {"", "-", ".", "Mi", "1MiB", "1mi", "1 Gi", "1.2.3", "abc", "1K", "0x10",
                           "1e", "1e+", "1e+-3", "1e99999999999", "--1", "1,5", "inf", "nan"}) {
    EXPECT_FALSE(Quantity::parse(text)) << text;
  }
}

TEST(Quantity, RefusesWhatDoesNotFit) {
  EXPECT_EQ(units("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"9223372036854775808", "8Ei", "10E", "1e19", "1e100",
                           "100000000000000000000000000000000000000000"}) {
    EXPECT_FALSE(Quantity::parse(text)) << text;
  }
  EXPECT_EQ(thousandths("1E"), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace kube
