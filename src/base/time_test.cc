#include "base/time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace {

using namespace std::chrono_literals;

Time at(long long seconds, long long nanoseconds = 0) {
  return Time(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

/// Local time of a zone without a zone file: POSIX's own notation, daylight saving included.
class LocalZone {
 public:
  explicit LocalZone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;
  ~LocalZone() {
    unsetenv("TZ");
    tzset();
  }
};

constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST(TimeText, PrintsUtc) {
  EXPECT_EQ(formatTime(at(0)), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(formatTime(at(1795342530, 123456789)), "2026-11-22T10:15:30.123456789Z");
  EXPECT_EQ(formatTime(at(951782400)), "2000-02-29T00:00:00.000000000Z");
  EXPECT_EQ(formatTime(at(-1, 500000000)), "1969-12-31T23:59:59.500000000Z");
}

TEST(TimeText, PrintsLocalTimeWithItsOffset) {
  const LocalZone zone(berlin);
  EXPECT_EQ(formatLocalTime(at(1795342530, 5)), "2026-11-22T11:15:30.000000005+01:00");
  EXPECT_EQ(formatLocalTime(at(1784715330)), "2026-07-22T12:15:30.000000000+02:00");
  const LocalZone west("NST3:30");
  EXPECT_EQ(formatLocalTime(at(1795342530)), "2026-11-22T06:45:30.000000000-03:30");
}

TEST(TimeText, LocalTimeOfUtcIsZ) {
  const LocalZone zone("UTC0");
  EXPECT_EQ(formatLocalTime(at(0)), formatTime(at(0)));
}

TEST(TimeText, ReadsWhatItPrints) {
  const LocalZone zone(berlin);
  for (const Time time : {at(0), at(1795342530, 123456789), at(1784715330, 1), now()}) {
    EXPECT_EQ(parseTime(formatTime(time)), time);
    EXPECT_EQ(parseTime(formatLocalTime(time)), time);
  }
}

TEST(TimeText, ReadsTheShorterForms) {
  const LocalZone zone(berlin);
  EXPECT_EQ(parseTime("2026-11-22T10:15:30Z"), at(1795342530));
  EXPECT_EQ(parseTime("2026-11-22T10:15:30.5Z"), at(1795342530, 500000000));
  EXPECT_EQ(parseTime("2026-11-22T12:15:30+02:00"), at(1795342530));
  EXPECT_EQ(parseTime("2026-11-22T11:15:30"), at(1795342530)) << "local";
  EXPECT_EQ(parseTime("2026-07-22T12:15:30"), at(1784715330)) << "local, summer";
  EXPECT_EQ(parseTime("2026-11-22 11:15:30"), at(1795342530));
  EXPECT_EQ(parseTime("2026-11-22T11:15"), at(1795342500));
  EXPECT_EQ(parseTime("2026-11-22"), at(1795302000));
  EXPECT_EQ(parseTime("2026-11-22Z"), at(1795305600));
  EXPECT_EQ(parseTime("1795342530"), at(1795342530));
  EXPECT_EQ(parseTime("1795342530.000000007"), at(1795342530, 7));
  EXPECT_EQ(parseTime("1795342530.1234567891"), at(1795342530, 123456789));
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "x", "2026-13-01", "2026-02-30", "2026-11-22T25:00:00Z", "2026-11-22T10:61:00",
        "2026-11-22T10:15:30Zx", "2026-11-22T10:15:30.Z", "2026-11-22T", "2026-11-22T10:15:30+2",
        "1.", ".5", "-5", "12345678901234567890", "99999999999", "9999-01-01", "2026-11-2"}) {
    EXPECT_FALSE(parseTime(text)) << text;
  }
}

TEST(TimeText, Durations) {
  EXPECT_EQ(parseDuration("90s"), 90s);
  EXPECT_EQ(parseDuration("1h30m"), 90min);
  EXPECT_EQ(parseDuration("2.5m"), 150s);
  EXPECT_EQ(parseDuration("1h0m0.5s"), 1h + 500ms);
  EXPECT_EQ(parseDuration("100ms"), 100ms);
  EXPECT_EQ(parseDuration("7us3ns"), 7003ns);
  EXPECT_EQ(parseDuration("-1s"), -1s);
  EXPECT_EQ(parseDuration("0"), 0s);
  for (const char* text : {"", "5", "s", "1x", "1s2", "1 s", "-", "1.2.3s", "9999999999h"}) {
    EXPECT_FALSE(parseDuration(text)) << text;
  }
}

TEST(TimeText, HumanDurations) {
  EXPECT_EQ(humanDuration(0s), "Less than a second");
  EXPECT_EQ(humanDuration(-5s), "Less than a second");
  EXPECT_EQ(humanDuration(1s), "1 second");
  EXPECT_EQ(humanDuration(59s), "59 seconds");
  EXPECT_EQ(humanDuration(60s), "About a minute");
  EXPECT_EQ(humanDuration(5min + 59s), "5 minutes");
  EXPECT_EQ(humanDuration(60min), "About an hour");
  EXPECT_EQ(humanDuration(2h), "2 hours");
  EXPECT_EQ(humanDuration(47h), "47 hours");
  EXPECT_EQ(humanDuration(48h), "2 days");
  EXPECT_EQ(humanDuration(24h * 14), "2 weeks");
  EXPECT_EQ(humanDuration(24h * 60), "2 months");
  EXPECT_EQ(humanDuration(24h * 365 * 2), "2 years");
}

TEST(TimeText, NowIsNow) {
  const Time first = now();
  EXPECT_GE(now(), first);
  EXPECT_GT(first, at(1700000000));
}

}  // namespace
