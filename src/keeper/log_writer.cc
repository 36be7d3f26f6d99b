#include "keeper/log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace keeper {
namespace {

/// One for all logs of the process, empty between events. As large as this, since a file system
/// takes few large pieces in half the time of many small ones.
std::array<char, 256 * 1024> buffer;
std::size_t used = 0;

constexpr std::size_t shortLine = 32;
constexpr std::size_t spare = 128;  ///< more than a prefix and a short line

/// Where the line ends, or the end of the data. For short lines a call of memchr costs more than
/// looking.
std::size_t lineLength(std::string_view data) {
  const std::size_t near = std::min(data.size(), shortLine);
  for (std::size_t i = 0; i < near; ++i) {
    if (data[i] == '\n') {
      return i;
    }
  }
  const std::size_t newline = data.find('\n', near);
  return newline == std::string_view::npos ? data.size() : newline;
}

UniqueFd openLog(const Path& path) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd) {
    throw systemError("opening the log ", path.native());
  }
  return fd;
}

}  // namespace

Path rotatedLog(const Path& file) {
  return file.native() + ".1";
}

LogWriter::LogWriter(Path file, std::int64_t maxSize)
    : path_(std::move(file)), maxSize_(maxSize), fd_(openLog(path_)) {
  struct stat status {};
  size_ = fstat(fd_.get(), &status) == 0 ? status.st_size : 0;
}

/// Date, time and zone change once a second; only the fraction is printed for each.
void LogWriter::stamp(LogStream stream) {
  const Time time = now();
  const auto nanoseconds = time.time_since_epoch().count();
  constexpr std::int64_t perSecond = 1'000'000'000;
  if (nanoseconds / perSecond != second_) {
    second_ = nanoseconds / perSecond;
    const std::string text = formatLocalTime(time);
    const std::size_t point = text.find('.');
    const std::size_t zone = text.find_first_of("Z+-", point);
    date_ = text.substr(0, point + 1);
    zone_ = text[zone] == 'Z' ? "+00:00" : text.substr(zone);
  }
  std::string fraction = std::to_string(nanoseconds % perSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  const std::string prefix =
      cat(date_, fraction, zone_, stream == LogStream::stdout_ ? " stdout F " : " stderr F ");
  prefixSize_ = std::min(prefix.size(), prefix_.size());
  std::memcpy(prefix_.data(), prefix.data(), prefixSize_);
}

void LogWriter::writeOut() {
  std::string_view rest(buffer.data(), used);
  while (!rest.empty()) {
    const ssize_t count = ::write(fd_.get(), rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
      size_ += count;
    } else if (errno != EINTR) {
      failed_ = true;
      break;
    }
  }
  used = 0;
}

void LogWriter::rotate() {
  writeOut();
  rename(path_.c_str(), rotatedLog(path_).c_str());
  UniqueFd fresh(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (fresh) {
    fd_ = std::move(fresh);
    size_ = 0;
  } else {
    failed_ = true;
  }
}

void LogWriter::append(std::string_view text, char tag) {
  const std::size_t length = prefixSize_ + text.size() + 1;
  if (maxSize_ > 0) {
    const auto before = size_ + static_cast<std::int64_t>(used);
    if (before > 0 && before + static_cast<std::int64_t>(length) > maxSize_) {
      rotate();
    }
  }
  if (used + length + prefix_.size() > buffer.size()) {
    writeOut();
  }
  char* out = buffer.data() + used;
  std::memcpy(out, prefix_.data(), prefix_.size());
  out[prefixSize_ - 2] = tag;
  std::memcpy(out + prefixSize_, text.data(), text.size());
  out[length - 1] = '\n';
  used += length;
}

/// The lines at the beginning of the data for which neither a new file nor the end of the buffer
/// has to be looked at; returns what is left. A line of two bytes costs four times as much in
/// append().
std::string_view LogWriter::appendLines(std::string_view data) {
  std::size_t end = buffer.size();
  if (maxSize_ > 0) {
    end = std::min(end, static_cast<std::size_t>(std::max<std::int64_t>(maxSize_ - size_, 0)));
  }
  const auto prefix =
      prefix_;  // what is written might, for all that the compiler knows, be ourselves
  const std::size_t prefixSize = prefixSize_;
  char* out = buffer.data() + used;
  const char* const last = buffer.data() + end;
  // What is copied may be more than the line, up to this much.
  while (data.size() > shortLine && last - out > static_cast<std::ptrdiff_t>(spare)) {
    const std::size_t line = lineLength(data);
    const std::size_t length = line + 1;  // with its newline
    if (line >= std::min(data.size(), longestPiece) ||
        last - out < static_cast<std::ptrdiff_t>(spare + length)) {
      break;
    }
    std::memcpy(out, prefix.data(), prefix.size());
    out += prefixSize;
    if (length <= shortLine) {
      std::memcpy(out, data.data(), shortLine);
    } else {
      std::memcpy(out, data.data(), length);
    }
    out += length;
    data.remove_prefix(length);
  }
  used = static_cast<std::size_t>(out - buffer.data());
  return data;
}

void LogWriter::add(LogStream stream, std::string_view data) {
  stamp(stream);
  while (!(data = appendLines(data)).empty()) {
    const std::size_t line = lineLength(data);
    const bool whole = line < data.size() && line <= longestPiece;
    const std::string_view piece = data.substr(0, std::min(line, longestPiece));
    append(piece, whole ? 'F' : 'P');
    data.remove_prefix(piece.size() + (whole ? 1 : 0));
  }
}

bool LogWriter::flush() {
  writeOut();
  return !std::exchange(failed_, false);
}

}  // namespace keeper
