#include "engine/process_info.h"

#include <sys/sysmacros.h>

#include "base/error.h"

namespace engine {

namespace {

/// A process may end at any moment; its files then fail to open or to be read.
std::optional<std::string> readOf(const Path& path) {
  try {
    return readFileIfExists(path);
  } catch (const Error& error) {
    if (error.code() == ESRCH || error.code() == ENOENT) {
      return std::nullopt;
    }
    throw;
  }
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (std::string& word : split(text, '\t')) {
    for (std::string& part : split(word, ' ')) {
      if (!part.empty()) {
        out.push_back(std::move(part));
      }
    }
  }
  return out;
}

template <typename T>
T numberAt(const std::vector<std::string>& fields, std::size_t index) {
  return index < fields.size() ? parseNumber<T>(fields[index]).value_or(0) : 0;
}

/// The command stands in parentheses and may itself contain some.
void parseStat(const std::string& text, ProcessInfo& info) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) {
    return;
  }
  info.command = text.substr(open + 1, close - open - 1);
  const std::vector<std::string> fields =
      split(trim(std::string_view(text).substr(close + 1)), ' ');
  // proc(5) counts from 1, and the first field here is its third.
  const auto field = [](std::size_t number) { return number - 3; };
  info.state = fields.front();
  info.parent = numberAt<pid_t>(fields, field(4));
  info.group = numberAt<pid_t>(fields, field(5));
  info.terminal = numberAt<long>(fields, field(7));
  info.userTicks = numberAt<std::uint64_t>(fields, field(14));
  info.systemTicks = numberAt<std::uint64_t>(fields, field(15));
  info.nice = numberAt<long>(fields, field(19));
  info.startTicks = numberAt<std::uint64_t>(fields, field(22));
  info.virtualBytes = numberAt<std::uint64_t>(fields, field(23));
  info.residentPages = numberAt<std::uint64_t>(fields, field(24));
}

void parseStatus(const std::string& text, ProcessInfo& info) {
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> parts = split(line, ':', 2);
    if (parts.size() == 2) {
      info.status[parts[0]] = std::string(trim(parts[1]));
    }
  }
  info.uids = words(info.status["Uid"]);
  info.gids = words(info.status["Gid"]);
  info.groups = words(info.status["Groups"]);
  for (const std::string& pid : words(info.status["NSpid"])) {
    info.namespacePids.push_back(parseNumber<pid_t>(pid).value_or(0));
  }
}

std::string argumentsOf(std::string text) {
  for (char& letter : text) {
    letter = letter == '\0' ? ' ' : letter;
  }
  return std::string(trim(text));
}

}  // namespace

std::optional<ProcessInfo> readProcess(pid_t pid, const Path& proc) {
  const Path directory = proc / std::to_string(pid);
  const auto stat = readOf(directory / "stat");
  const auto status = readOf(directory / "status");
  const auto arguments = readOf(directory / "cmdline");
  if (!stat || !status || !arguments) {
    return std::nullopt;
  }
  ProcessInfo info;
  info.pid = pid;
  parseStat(*stat, info);
  parseStatus(*status, info);
  info.arguments = argumentsOf(*arguments);
  if (info.arguments.empty()) {
    info.arguments = cat("[", info.command, "]");
  }
  return info;
}

std::string goDuration(std::uint64_t ticks, std::uint64_t ticksPerSecond) {
  const std::uint64_t seconds = ticks / ticksPerSecond;
  const std::uint64_t hundredths = ticks % ticksPerSecond * 100 / ticksPerSecond;
  std::string text;
  if (seconds >= 3600) {
    text += cat(seconds / 3600, "h");
  }
  if (seconds >= 60) {
    text += cat(seconds / 60 % 60, "m");
  }
  text += std::to_string(seconds % 60);
  if (hundredths != 0) {
    const std::string digits = cat(hundredths < 10 ? "0" : "", hundredths);
    text += cat(".", hundredths % 10 == 0 ? digits.substr(0, 1) : digits);
  }
  return text + "s";
}

std::string terminalName(long device) {
  constexpr unsigned firstPts = 136, lastPts = 143;  // Documentation/admin-guide/devices.txt
  const auto number = static_cast<dev_t>(device);
  if (device == 0) {
    return "?";
  }
  if (major(number) >= firstPts && major(number) <= lastPts) {
    return cat("pts/", (major(number) - firstPts) * 256 + minor(number));
  }
  return cat(major(number), ":", minor(number));
}

}  // namespace engine
