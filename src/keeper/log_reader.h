#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "keeper/config.h"

/// Reading what log_writer.h writes.
namespace keeper {

/// One line of the file; its texts are valid during the call that gives it.
struct LogRecord {
  std::string_view stamp;  ///< the time as it is written, for parseTime()
  bool error = false;      ///< of stderr
  bool partial = false;    ///< the rest of the text follows in the stream's next record
  std::string_view text;   ///< without a newline
};

/// Nothing for what is no record (a line that a full disk cut off).
std::optional<LogRecord> parseLogRecord(std::string_view line);

struct LogRange {
  std::optional<std::size_t> tail;  ///< whole lines from the end
  std::optional<Time> since, until;
};

/// Goes through one log, the rotated part first.
class LogReader {
 public:
  using Sink = std::function<void(const LogRecord&)>;

  LogReader(Path file, const LogRange& range);
  /// All records that are there and have not been given yet. A missing file has none.
  void read(const Sink& sink);
  /// A record after the range's end has been met: nothing more comes.
  bool done() const { return done_; }

 private:
  void begin();
  void openAt(const Path& path, std::int64_t offset);
  void readFile(const Sink& sink);
  bool rotated() const;
  void give(std::string_view line, const Sink& sink);

  Path path_;
  LogRange range_;
  UniqueFd fd_;
  std::string rest_;  ///< a line that is not complete yet
  bool begun_ = false, inRotated_ = false, done_ = false;
};

/// Gives the records of one file as they are written, until the range is over.
void followFile(const Path& file, const LogRange& range, const LogReader::Sink& sink);

/// A container whose log is followed, and who supervises it.
struct FollowedLog {
  std::string sandbox, container;
  Path file;
  LogRange range;
};

/// Gives the records of all these logs as they are written, until all the containers have ended (or
/// all ranges have). The number tells which log a record is from.
void followLogs(const Layout& layout, const std::vector<FollowedLog>& logs,
                const std::function<void(std::size_t, const LogRecord&)>& sink);

}  // namespace keeper
