#include "kernel/cgroup/readings.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "kernel/cgroup/knobs.h"

namespace {

/// The number after "avg10=" and the like.
double average(const std::string& word) {
  const auto equals = word.find('=');
  return equals == std::string::npos ? 0 : std::strtod(word.c_str() + equals + 1, nullptr);
}

}  // namespace

std::optional<Pressure> parsePressure(std::string_view text) {
  Pressure pressure;
  bool any = false;
  for (const std::string& line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() < 4 || (words[0] != "some" && words[0] != "full")) {
      continue;
    }
    any = true;
    auto& averages = words[0] == "some" ? pressure.some : pressure.full;
    for (std::size_t i = 0; i < averages.size(); ++i) {
      averages[i] = average(words[i + 1]);
    }
  }
  return any ? std::optional(pressure) : std::nullopt;
}

std::optional<Pressure> readPressure(const Path& directory, std::string_view resource) {
  try {
    const auto text = readKnob(directory, cat(resource, ".pressure"));
    return text ? parsePressure(*text) : std::nullopt;
  } catch (const Error& error) {
    if (error.code() == EOPNOTSUPP || error.code() == ENODEV) {
      return std::nullopt;
    }
    throw;
  }
}

BlockBytes blockBytesOf(const std::vector<pid_t>& processes, const Path& proc) {
  BlockBytes bytes;
  for (const pid_t pid : processes) {
    try {
      const auto text = readKnob(proc, cat(pid, "/io"));
      for (const std::string& line : split(text.value_or(""), '\n')) {
        if (line.starts_with("read_bytes: ")) {
          bytes.read += parseNumber<std::uint64_t>(line.substr(12)).value_or(0);
        } else if (line.starts_with("write_bytes: ")) {
          bytes.written += parseNumber<std::uint64_t>(line.substr(13)).value_or(0);
        }
      }
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): it has ended
    }
  }
  return bytes;
}

void addDeviceLines(const Path& file, const std::string& key, std::vector<IoLimit>& out) {
  const auto text = readFileIfExists(file);
  for (const std::string& line : split(text.value_or(""), '\n')) {
    const auto words = split(line, ' ');
    const auto numbers = split(words.front(), ':');
    if (words.size() < 2 || numbers.size() != 2) {
      continue;
    }
    const auto major = parseNumber<unsigned>(numbers[0]);
    const auto minor = parseNumber<unsigned>(numbers[1]);
    const auto value = parseNumber<std::uint64_t>(words[1]);
    if (major && minor && value) {
      out.push_back({key, *major, *minor, *value});
    }
  }
}

UniqueFd openWatched(const Path& file) {
  return UniqueFd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
}
