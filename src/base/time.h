#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Wall-clock time with nanoseconds, as formats of the field carry it.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

Time now();
/// Seconds that local time was, or will be, ahead of UTC then.
long localOffset(Time time);
/// "2026-11-22T10:15:30.123456789Z" in UTC (RFC 3339), or with the local offset.
std::string formatTime(Time time);
std::string formatLocalTime(Time time);
/// Reads what formatTime and formatLocalTime write, and a plain date, "2026-11-22T10:15:30",
/// seconds since the epoch with a fraction; nothing if it is none of them.
std::optional<Time> parseTime(std::string_view text);
/// "90s", "1h30m", "2.5m" (Go's durations); nothing if it is not one.
std::optional<std::chrono::nanoseconds> parseDuration(std::string_view text);
/// "Less than a second", "5 minutes", "2 hours", "3 days": the words of Docker's and Podman's
/// lists.
std::string humanDuration(std::chrono::nanoseconds duration);
