#include "keeper/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "keeper/log_writer.h"

namespace keeper {
namespace {

/// Where to begin for the last lines of a file.
struct Start {
  std::int64_t offset = 0;
  std::size_t lines = 0;  ///< that are there from the offset on
};

struct stat statusOf(int fd) {
  struct stat status {};
  fstat(fd, &status);
  return status;
}

UniqueFd openIfThere(const Path& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno != ENOENT) {
    throw systemError("opening the log ", path.native());
  }
  return fd;
}

std::string readBlock(int fd, std::int64_t offset, std::int64_t size) {
  std::string block(static_cast<std::size_t>(size), '\0');
  std::size_t have = 0;
  while (have < block.size()) {
    const ssize_t count = pread(fd, block.data() + have, block.size() - have,
                                offset + static_cast<std::int64_t>(have));
    if (count == 0) {
      break;
    }
    if (count < 0 && errno != EINTR) {
      throw systemError("reading a log");
    }
    have += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  block.resize(have);
  return block;
}

bool endsLine(std::string_view record) {
  const auto parsed = parseLogRecord(record);
  return parsed && !parsed->partial;
}

/// Goes back through whole records; a line begins after the record that ended the one before.
Start lastLines(std::string_view block, std::size_t wanted) {
  Start start{static_cast<std::int64_t>(block.size()), 0};
  std::string_view rest = block;
  while (!rest.empty()) {
    const std::size_t newline = rest.find_last_of('\n', rest.size() - 2);
    const std::size_t begin =
        newline == std::string_view::npos || rest.size() < 2 ? 0 : newline + 1;
    const bool first = start.offset == static_cast<std::int64_t>(block.size());
    if (first || endsLine(rest.substr(begin, rest.size() - begin - 1))) {
      if (start.lines == wanted) {
        return start;
      }
      ++start.lines;
    }
    start.offset = static_cast<std::int64_t>(begin);
    rest = rest.substr(0, begin);
  }
  return start;
}

/// Reads as little from the end as is needed, in blocks that grow.
Start findTail(int fd, std::size_t wanted) {
  const std::int64_t size = statusOf(fd).st_size;
  for (std::int64_t block = 64 * 1024;; block *= 4) {
    const std::int64_t from = std::max<std::int64_t>(0, size - block);
    const std::string text = readBlock(fd, from, size - from);
    // The first record of a block may be cut off.
    const std::size_t skip = from == 0 ? 0 : std::min(text.find('\n') + 1, text.size());
    Start start = lastLines(std::string_view(text).substr(skip), wanted);
    if (from == 0 || (start.lines == wanted && start.offset > 0)) {
      start.offset += from + static_cast<std::int64_t>(skip);
      return start;
    }
  }
}

}  // namespace

std::optional<LogRecord> parseLogRecord(std::string_view line) {
  const std::size_t stream = line.find(' ');
  constexpr std::size_t streamLength = 6;  // "stdout", "stderr"
  const std::size_t tag = stream + 1 + streamLength + 1;
  if (stream == std::string_view::npos || line.size() < tag + 2 || line[tag - 1] != ' ' ||
      line[tag + 1] != ' ') {
    return std::nullopt;
  }
  const std::string_view name = line.substr(stream + 1, streamLength);
  if ((name != "stdout" && name != "stderr") || (line[tag] != 'F' && line[tag] != 'P')) {
    return std::nullopt;
  }
  return LogRecord{line.substr(0, stream), name == "stderr", line[tag] == 'P',
                   line.substr(tag + 2)};
}

LogReader::LogReader(Path file, const LogRange& range) : path_(std::move(file)), range_(range) {}

void LogReader::openAt(const Path& path, std::int64_t offset) {
  fd_ = openIfThere(path);
  if (fd_ && offset > 0) {
    lseek(fd_.get(), offset, SEEK_SET);
  }
}

void LogReader::begin() {
  begun_ = true;
  const Path older = rotatedLog(path_);
  std::int64_t offset = 0;
  std::int64_t olderOffset = 0;
  if (range_.tail) {
    Start start;
    if (const UniqueFd newest = openIfThere(path_)) {
      start = findTail(newest.get(), *range_.tail);
    }
    offset = start.offset;
    const UniqueFd rotatedPart = start.lines < *range_.tail ? openIfThere(older) : UniqueFd();
    olderOffset = rotatedPart ? findTail(rotatedPart.get(), *range_.tail - start.lines).offset : -1;
  }
  if (olderOffset >= 0) {
    openAt(older, olderOffset);
    inRotated_ = static_cast<bool>(fd_);
  }
  if (!inRotated_) {
    openAt(path_, offset);
  }
}

void LogReader::give(std::string_view line, const Sink& sink) {
  const auto record = parseLogRecord(line);
  if (!record || done_) {
    return;
  }
  if (range_.since || range_.until) {
    const auto time = parseTime(record->stamp);
    if (time && range_.since && *time < *range_.since) {
      return;
    }
    if (time && range_.until && *time > *range_.until) {
      done_ = true;
      return;
    }
  }
  sink(*record);
}

void LogReader::readFile(const Sink& sink) {
  std::array<char, 64 * 1024> buffer;  // NOLINT: filled by read(2)
  while (!done_) {
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw systemError("reading the log ", path_.native());
    }
    if (count == 0) {
      return;
    }
    std::string_view text(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      if (rest_.empty()) {
        give(text.substr(0, end), sink);
      } else {
        rest_ += text.substr(0, end);
        give(rest_, sink);
        rest_.clear();
      }
      text.remove_prefix(end + 1);
    }
    rest_ += text;
  }
}

/// The file that is open is not the one under the log's name any more.
bool LogReader::rotated() const {
  struct stat named {};
  if (stat(path_.c_str(), &named) != 0) {
    return false;  // between the writer's rename(2) and its open(2); it tells of both
  }
  return named.st_ino != statusOf(fd_.get()).st_ino;
}

void LogReader::read(const Sink& sink) {
  if (!begun_ || !fd_) {
    begin();
  }
  // Each turn is one file; a writer that rotates faster than this reads is not waited for.
  constexpr int files = 8;
  for (int i = 0; i < files && fd_ && !done_; ++i) {
    const bool last = !inRotated_ && !rotated();
    readFile(sink);
    if (last) {
      return;
    }
    inRotated_ = false;
    rest_.clear();
    openAt(path_, 0);
  }
}

}  // namespace keeper
