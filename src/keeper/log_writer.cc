#include "keeper/log_writer.h"

#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace keeper {
namespace {

/// What a file system takes at once, if it begins at a multiple of it: as one piece of memory then.
/// Pieces that lie across cost it a third more, small ones twice as much.
constexpr std::size_t blockSize = 256 * 1024;
constexpr std::size_t shortLine = 32;
constexpr std::size_t spare = 128;  ///< more than a prefix and a short line
constexpr std::size_t slack = LogWriter::longestPiece + spare;

/// One for all logs of the process, empty between events. A line that begins in a block fits.
std::array<char, blockSize + slack> buffer;
std::size_t used = 0;

/// Where the first newline of the eight bytes is; 8: there is none.
std::size_t newlineInWord(const char* bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  word = htole64(word) ^ ('\n' * ones);                             // 0 where a newline was
  const std::uint64_t found = (word - ones) & ~word & (ones << 7);  // the first one's bit is right
  return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

/// Where the line ends, or the end of the data. A processor foresees the end of the shortest lines,
/// and a call of memchr costs more than looking at eight bytes.
std::size_t lineLength(std::string_view data) {
  constexpr std::size_t foreseen = 4, word = sizeof(std::uint64_t);
  std::size_t at = 0;
  if (data.size() >= foreseen + word) {
    for (; at < foreseen; ++at) {
      if (data[at] == '\n') {
        return at;
      }
    }
    const std::size_t found = newlineInWord(data.data() + at);
    at += found;
    if (found < word) {
      return at;
    }
  }
  const std::size_t newline = data.find('\n', at);
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

/// Of the buffer, until the file's next block begins.
std::size_t LogWriter::blockRest() const {
  return blockSize - static_cast<std::size_t>(size_) % blockSize;
}

void LogWriter::writeOut(std::size_t length) {
  std::string_view rest(buffer.data(), length);
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
  used -= length;
  std::memmove(buffer.data(), buffer.data() + length, used);
}

void LogWriter::rotate() {
  writeOut(used);
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
  if (const std::size_t rest = blockRest(); used >= rest) {
    writeOut(rest);
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
  std::size_t end = blockRest() + slack;
  if (maxSize_ > 0) {
    end = std::min(end, static_cast<std::size_t>(std::max<std::int64_t>(maxSize_ - size_, 0)));
  }
  const auto prefix =
      prefix_;  // what is written might, for all that the compiler knows, be ourselves
  const std::size_t prefixSize = prefixSize_;
  char* out = buffer.data() + used;
  const char* const last = buffer.data() + end;
  // What is copied may be more than the prefix and a short line, up to this much.
  while (data.size() > shortLine && last - out > static_cast<std::ptrdiff_t>(spare)) {
    const std::size_t line = lineLength(data);
    const std::size_t length = line + 1;  // with its newline
    std::memcpy(out, prefix.data(), prefix.size());
    if (length <= shortLine) {
      std::memcpy(out + prefixSize, data.data(), shortLine);
    } else if (line < std::min(data.size(), longestPiece) &&
               last - out >= static_cast<std::ptrdiff_t>(spare + length)) {
      std::memcpy(out + prefixSize, data.data(), length);
    } else {
      break;
    }
    out += prefixSize + length;
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
  writeOut(used);
  return !std::exchange(failed_, false);
}

}  // namespace keeper
