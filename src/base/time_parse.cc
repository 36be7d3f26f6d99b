#include <array>
#include <ctime>

#include "base/text.h"
#include "base/time.h"

namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Takes pieces of a text from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool atEnd() const { return text_.empty(); }
  bool take(char letter) {
    if (text_.empty() || text_.front() != letter) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  std::optional<int> number(std::size_t digits) {
    if (text_.size() < digits ||
        text_.substr(0, digits).find_first_not_of("0123456789") != std::string_view::npos) {
      return std::nullopt;
    }
    const auto value = parseNumber<int>(text_.substr(0, digits));
    text_.remove_prefix(digits);
    return value;
  }
  /// What follows a decimal point; digits after the ninth are dropped.
  std::optional<nanoseconds> fraction() {
    std::size_t digits = 0;
    long value = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      if (digits < 9) {
        value = value * 10 + (text_[digits] - '0');
      }
    }
    if (digits == 0) {
      return std::nullopt;
    }
    for (std::size_t digit = digits; digit < 9; ++digit) {
      value *= 10;
    }
    text_.remove_prefix(digits);
    return nanoseconds(value);
  }

 private:
  std::string_view text_;
};

struct WallClock {
  std::chrono::sys_days date;
  nanoseconds sinceMidnight{0};
};

std::optional<std::chrono::sys_days> readDate(Reader& reader) {
  const auto year = reader.number(4);
  if (!year || !reader.take('-')) {
    return std::nullopt;
  }
  const auto month = reader.number(2);
  if (!month || !reader.take('-')) {
    return std::nullopt;
  }
  const auto day = reader.number(2);
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date);
}

/// "10", "10:15", "10:15:30" or "10:15:30.5".
std::optional<nanoseconds> readClock(Reader& reader) {
  const auto hour = reader.number(2);
  int minute = 0;
  int second = 0;
  nanoseconds fraction{0};
  if (!hour) {
    return std::nullopt;
  }
  if (reader.take(':')) {
    const auto minuteRead = reader.number(2);
    if (!minuteRead) {
      return std::nullopt;
    }
    minute = *minuteRead;
    if (reader.take(':')) {
      const auto secondRead = reader.number(2);
      if (!secondRead) {
        return std::nullopt;
      }
      second = *secondRead;
      if (reader.take('.')) {
        const auto read = reader.fraction();
        if (!read) {
          return std::nullopt;
        }
        fraction = *read;
      }
    }
  }
  if (*hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(minute) + seconds(second) + fraction;
}

Time fromLocal(const WallClock& clock) {
  const auto asUtc = clock.date.time_since_epoch() + clock.sinceMidnight;
  // The offset at the wall clock's time; a second look settles it beside a change to or from summer
  // time.
  const Time guess = Time(asUtc) - seconds(localOffset(Time(asUtc)));
  return Time(asUtc) - seconds(localOffset(guess));
}

/// What follows the clock: "Z", "+02:00", or nothing for local time.
std::optional<Time> readZone(Reader& reader, const WallClock& clock) {
  const Time asUtc(clock.date.time_since_epoch() + clock.sinceMidnight);
  if (reader.atEnd()) {
    return fromLocal(clock);
  }
  if (reader.take('Z')) {
    return reader.atEnd() ? std::optional(asUtc) : std::nullopt;
  }
  const bool west = reader.take('-');
  if (!west && !reader.take('+')) {
    return std::nullopt;
  }
  const auto hours = reader.number(2);
  const bool colon = reader.take(':');
  const auto minutes = reader.number(2);
  if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59 || !reader.atEnd()) {
    return std::nullopt;
  }
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? asUtc + offset : asUtc - offset;
}

std::optional<Time> readEpoch(std::string_view text) {
  const std::size_t point = text.find('.');
  const auto whole = parseNumber<long long>(text.substr(0, point));
  // Beyond this the nanoseconds do not fit.
  if (!whole || *whole < 0 || *whole > 9'000'000'000) {
    return std::nullopt;
  }
  nanoseconds fraction{0};
  if (point != std::string_view::npos) {
    Reader reader(text.substr(point + 1));
    const auto read = reader.fraction();
    if (!read || !reader.atEnd()) {
      return std::nullopt;
    }
    fraction = *read;
  }
  return Time(seconds(*whole) + fraction);
}

std::optional<double> unitInNanoseconds(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 8> units{{{"ns", 1},
                                                                      {"us", 1e3},
                                                                      {"µs", 1e3},
                                                                      {"μs", 1e3},
                                                                      {"ms", 1e6},
                                                                      {"s", 1e9},
                                                                      {"m", 60e9},
                                                                      {"h", 3600e9}}};
  for (const auto& [name, size] : units) {
    if (name == unit) {
      return size;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Time> parseTime(std::string_view text) {
  Reader reader(text);
  WallClock clock;
  const auto date = readDate(reader);
  if (!date) {
    return readEpoch(text);
  }
  // Nanoseconds since the epoch end in 2262.
  if (*date < std::chrono::sys_days(std::chrono::year(1678) / 1 / 1) ||
      *date > std::chrono::sys_days(std::chrono::year(2261) / 12 / 31)) {
    return std::nullopt;
  }
  clock.date = *date;
  if (reader.take('T') || reader.take(' ')) {
    const auto sinceMidnight = readClock(reader);
    if (!sinceMidnight) {
      return std::nullopt;
    }
    clock.sinceMidnight = *sinceMidnight;
  }
  return readZone(reader, clock);
}

std::optional<nanoseconds> parseDuration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text == "0") {
    return nanoseconds(0);
  }
  double total = 0;
  bool any = false;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) {
      return std::nullopt;
    }
    const auto number = parseFraction(text.substr(0, digits));
    text.remove_prefix(digits);
    const std::size_t end = text.find_first_of("0123456789.");
    const auto unit = unitInNanoseconds(text.substr(0, end));
    if (!number || !unit) {
      return std::nullopt;
    }
    total += *number * *unit;
    any = true;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
  if (!any || total > 9.2e18) {
    return std::nullopt;
  }
  return nanoseconds(static_cast<long long>(negative ? -total : total));
}
