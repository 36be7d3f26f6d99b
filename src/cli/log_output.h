#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "keeper/log_reader.h"

namespace cli {

/// The options that `logs` and `pod logs` have alike.
struct LogOptions {
  bool color = false, follow = false, latest = false, names = false, timestamps = false;
  long tail = -1;
  std::string since, until;

  void addTo(Options& options, const std::string& latestOf);
};

/// What --since and --until say; an empty text is no bound.
keeper::LogRange timeRange(const std::string& since, const std::string& until);

/// Where a container's log is and what its lines are marked with.
struct LogSource {
  std::string id, name, sandbox;
  Path file;
};

/// `pod`: its id; empty outside pods.
LogSource logSource(engine::Engine& engine, const engine::ContainerStatus& container,
                    const std::string& pod);

/// Prints the logs, those of several containers in the order of time and each line with its
/// container's id or name.
void printLogs(const keeper::Layout& layout, const std::vector<LogSource>& sources,
               const LogOptions& options);

/// Writes records as lines, those of stderr on stderr.
class LogPrinter {
 public:
  LogPrinter(const std::vector<LogSource>& sources, const LogOptions& options);
  ~LogPrinter();
  LogPrinter(const LogPrinter&) = delete;
  LogPrinter& operator=(const LogPrinter&) = delete;

  void print(std::size_t source, const keeper::LogRecord& record);
  void flush();

 private:
  /// The line that a stream of a container is in the middle of.
  struct Unfinished {
    std::string text;
    bool begun = false;
  };
  std::string prefix(std::size_t source, const keeper::LogRecord& record) const;
  void write(bool error, std::string_view text);

  std::vector<std::string> marks_;
  bool timestamps_;
  std::vector<Unfinished> unfinished_;
  std::FILE* last_ = stdout;
};

}  // namespace cli
