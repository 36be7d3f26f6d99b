#include "keeper/log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstring>

#include "base/error.h"

namespace keeper {
namespace {

/// One for all logs of the process: it is empty whenever write() is not at work.
std::array<char, 64 * 1024> buffer;
std::size_t used = 0;

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
  prefix_ = cat(date_, fraction, zone_, stream == LogStream::stdout_ ? " stdout F " : " stderr F ");
}

void LogWriter::flush() {
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
  flush();
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
  const std::size_t length = prefix_.size() + text.size() + 1;
  const auto after = size_ + static_cast<std::int64_t>(used + length);
  if (maxSize_ > 0 && after > maxSize_ && size_ + static_cast<std::int64_t>(used) > 0) {
    rotate();
  }
  if (used + length > buffer.size()) {
    flush();
  }
  char* out = buffer.data() + used;
  std::memcpy(out, prefix_.data(), prefix_.size());
  out[prefix_.size() - 2] = tag;
  std::memcpy(out + prefix_.size(), text.data(), text.size());
  out[length - 1] = '\n';
  used += length;
}

bool LogWriter::write(LogStream stream, std::string_view data) {
  failed_ = false;
  stamp(stream);
  while (!data.empty()) {
    const std::size_t newline = data.find('\n');
    const std::size_t line = newline == std::string_view::npos ? data.size() : newline;
    const bool whole = newline != std::string_view::npos && line <= longestPiece;
    const std::string_view piece = data.substr(0, std::min(line, longestPiece));
    append(piece, whole ? 'F' : 'P');
    data.remove_prefix(piece.size() + (whole ? 1 : 0));
  }
  flush();
  return !failed_;
}

}  // namespace keeper
