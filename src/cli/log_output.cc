#include "cli/log_output.h"

#include <algorithm>
#include <array>

#include "base/id.h"
#include "cli/filters.h"

namespace cli {
namespace {

constexpr std::array colors{"\x1b[37m", "\x1b[31m", "\x1b[33m", "\x1b[34m",
                            "\x1b[35m", "\x1b[36m", "\x1b[32m"};
constexpr std::string_view plain = "\x1b[0m";

keeper::LogRange rangeOf(const LogOptions& options) {
  keeper::LogRange range = timeRange(options.since, options.until);
  if (options.tail >= 0) {
    range.tail = static_cast<std::size_t>(options.tail);
  }
  return range;
}

/// A record that outlives the call that gave it.
struct Kept {
  Time time{};
  std::size_t source = 0;
  std::string stamp, text;
  bool error = false, partial = false;
};

/// All records of all logs in the order of time. Pieces of a line stay together: they have the time
/// of its first one.
std::vector<Kept> collect(const std::vector<LogSource>& sources, const keeper::LogRange& range) {
  std::vector<Kept> all;
  for (std::size_t source = 0; source < sources.size(); ++source) {
    std::array<std::optional<Time>, 2> lineBegan;
    keeper::LogReader reader(sources[source].file, range);
    reader.read([&](const keeper::LogRecord& record) {
      auto& began = lineBegan[record.error ? 1 : 0];
      const Time time = began ? *began : parseTime(record.stamp).value_or(Time{});
      began = record.partial ? std::optional(time) : std::nullopt;
      all.push_back({time, source, std::string(record.stamp), std::string(record.text),
                     record.error, record.partial});
    });
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Kept& one, const Kept& other) { return one.time < other.time; });
  return all;
}

void follow(const keeper::Layout& layout, const std::vector<LogSource>& sources,
            const keeper::LogRange& range, LogPrinter& printer) {
  std::vector<keeper::FollowedLog> logs;
  for (const auto& source : sources) {
    logs.push_back({source.sandbox, source.id, source.file, range});
  }
  keeper::followLogs(layout, logs, [&](std::size_t source, const keeper::LogRecord& record) {
    printer.print(source, record);
    printer.flush();
  });
}

}  // namespace

keeper::LogRange timeRange(const std::string& since, const std::string& until) {
  keeper::LogRange range;
  if (!since.empty()) {
    range.since = within("option --since", [&] { return parseMoment(since); });
  }
  if (!until.empty()) {
    range.until = within("option --until", [&] { return parseMoment(until); });
  }
  return range;
}

void LogOptions::addTo(Options& options, const std::string& latestOf) {
  options.flag("--color", color, "Show the containers in different colours");
  options.flag("-f --follow", follow, "Go on with what is logged from now on");
  options.flag("-l --latest", latest, "Act on the latest " + latestOf);
  options.flag("-n --names", names, "Mark lines with the container's name instead of its id");
  options.text("--since", since, "Show logs since this time, or a duration before now");
  options.number("--tail", tail, "Show so many lines at the end of each log; -1 is all");
  options.flag("-t --timestamps", timestamps, "Show the time of each line");
  options.text("--until", until, "Show logs until this time, or a duration before now");
}

LogSource logSource(engine::Engine& engine, const engine::ContainerStatus& container,
                    const std::string& pod) {
  return {container.id, container.name, pod.empty() ? container.id : pod,
          engine.logFile(container.id)};
}

void printLogs(const keeper::Layout& layout, const std::vector<LogSource>& sources,
               const LogOptions& options) {
  const auto range = rangeOf(options);
  LogPrinter printer(sources, options);
  if (options.follow) {
    follow(layout, sources, range, printer);
  } else if (sources.size() == 1) {
    keeper::LogReader reader(sources.front().file, range);
    reader.read([&](const keeper::LogRecord& record) { printer.print(0, record); });
  } else {
    for (const auto& record : collect(sources, range)) {
      printer.print(record.source, {record.stamp, record.error, record.partial, record.text});
    }
  }
}

LogPrinter::LogPrinter(const std::vector<LogSource>& sources, const LogOptions& options)
    : timestamps_(options.timestamps), unfinished_(sources.size() * 2) {
  for (std::size_t at = 0; at < sources.size(); ++at) {
    std::string mark;
    if (sources.size() > 1) {
      mark = (options.names ? sources[at].name : shortId(sources[at].id)) + " ";
    }
    if (options.color && !mark.empty()) {
      mark = cat(colors[at % colors.size()], mark, plain);
    }
    marks_.push_back(std::move(mark));
  }
}

LogPrinter::~LogPrinter() {
  // What the last piece of a log left open.
  for (std::size_t at = 0; at < unfinished_.size(); ++at) {
    if (!unfinished_[at].text.empty()) {
      write(at % 2 == 1, unfinished_[at].text);
    }
  }
  flush();
}

std::string LogPrinter::prefix(std::size_t source, const keeper::LogRecord& record) const {
  return timestamps_ ? cat(marks_[source], record.stamp, " ") : marks_[source];
}

void LogPrinter::print(std::size_t source, const keeper::LogRecord& record) {
  Unfinished& line = unfinished_[source * 2 + (record.error ? 1 : 0)];
  if (!line.begun) {
    line.text = prefix(source, record);
    line.begun = true;
  }
  line.text += record.text;
  if (!record.partial) {
    line.text += '\n';
    line.begun = false;
  } else if (marks_.size() > 1) {
    // Lines of several containers must not run into one another.
    return;
  }
  write(record.error, line.text);
  line.text.clear();
}

void LogPrinter::write(bool error, std::string_view text) {
  std::FILE* const stream = error ? stderr : stdout;
  if (stream != last_) {
    std::fflush(last_);
    last_ = stream;
  }
  std::fwrite(text.data(), 1, text.size(), stream);
}

void LogPrinter::flush() {
  std::fflush(last_);
}

}  // namespace cli
