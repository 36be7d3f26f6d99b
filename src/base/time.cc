#include "base/time.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "base/text.h"

namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

std::string print(Time time, long offset) {
  const auto whole = std::chrono::floor<seconds>(time);
  const auto local = whole + seconds(offset);
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(local - midnight);
  std::array<char, 80> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09ld",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<long>((time - whole).count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string counted(long long number, std::string_view unit) {
  return cat(number, " ", unit);
}

}  // namespace

Time now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return Time(seconds(time.tv_sec) + nanoseconds(time.tv_nsec));
}

long localOffset(Time time) {
  const std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm local{};
  return localtime_r(&whole, &local) == nullptr ? 0 : local.tm_gmtoff;
}

std::string formatTime(Time time) {
  return print(time, 0) + "Z";
}

std::string formatLocalTime(Time time) {
  const long offset = localOffset(time);
  const long minutes = (offset < 0 ? -offset : offset) / 60;
  std::array<char, 16> zone{};
  std::snprintf(zone.data(), zone.size(), "%c%02ld:%02ld", offset < 0 ? '-' : '+',
                minutes / 60 % 100, minutes % 60);
  return print(time, offset) + (offset == 0 ? "Z" : zone.data());
}

std::string humanDuration(nanoseconds duration) {
  const long long inSeconds = std::chrono::duration_cast<seconds>(duration).count();
  const long long minutes = inSeconds / 60;
  const long long hours = (inSeconds + 1800) / 3600;  // rounded, as Docker's lists do
  if (inSeconds < 1) {
    return "Less than a second";
  }
  if (inSeconds < 60) {
    return inSeconds == 1 ? "1 second" : counted(inSeconds, "seconds");
  }
  if (minutes < 60) {
    return minutes == 1 ? "About a minute" : counted(minutes, "minutes");
  }
  if (hours < 48) {
    return hours == 1 ? "About an hour" : counted(hours, "hours");
  }
  if (hours < 24 * 7 * 2) {
    return counted(hours / 24, "days");
  }
  if (hours < 24 * 30 * 2) {
    return counted(hours / 24 / 7, "weeks");
  }
  if (hours < 24 * 365 * 2) {
    return counted(hours / 24 / 30, "months");
  }
  return counted(inSeconds / 3600 / 24 / 365, "years");
}
