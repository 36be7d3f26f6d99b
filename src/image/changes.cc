#include "image/changes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/json.h"

namespace image {
namespace {

using RunConfig = decltype(oci::ImageConfig::config);

bool isSpace(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

Error badValue(std::string_view value, std::string_view wanted) {
  return {ErrorKind::invalid, cat("\"", value, "\" is not ", wanted)};
}

/// ["a", "b"]; nothing for any other text.
std::optional<std::vector<std::string>> jsonList(std::string_view value) {
  if (!value.starts_with('[')) {
    return std::nullopt;
  }
  const Json json = Json::parse(value, nullptr, false);
  if (!json.is_array() ||
      !std::all_of(json.begin(), json.end(), [](const Json& item) { return item.is_string(); })) {
    return std::nullopt;
  }
  return json.get<std::vector<std::string>>();
}

/// The shell form of CMD and ENTRYPOINT is what a shell gets.
std::vector<std::string> commandLine(std::string_view value) {
  return jsonList(value).value_or(std::vector<std::string>{"/bin/sh", "-c", std::string(value)});
}

/// Words as a Dockerfile separates them: quotes hold a word together, a backslash its next
/// character.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::string word;
  bool inWord = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && isSpace(c)) {
      if (inWord) {
        found.push_back(std::exchange(word, {}));
      }
      inWord = false;
      continue;
    }
    inWord = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
    } else {
      word += c;
    }
  }
  if (quote != 0) {
    throw badValue(text, "closed by its quote");
  }
  if (inWord) {
    found.push_back(word);
  }
  return found;
}

/// "A=1 B=2", or the old "A 1".
std::vector<std::pair<std::string, std::string>> pairs(std::string_view value) {
  std::vector<std::pair<std::string, std::string>> found;
  const auto space = std::find_if(value.begin(), value.end(), isSpace);
  if (std::find(value.begin(), space, '=') == space) {
    if (space == value.end()) {
      throw badValue(value, "NAME=VALUE");
    }
    const auto length = static_cast<std::size_t>(space - value.begin());
    return {{std::string(value.substr(0, length)), std::string(trim(value.substr(length)))}};
  }
  for (const std::string& word : words(value)) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw badValue(word, "NAME=VALUE");
    }
    found.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return found;
}

void setEnv(RunConfig& config, std::string_view value) {
  for (const auto& [name, text] : pairs(value)) {
    std::erase_if(config.env,
                  [start = name + "="](const std::string& old) { return old.starts_with(start); });
    config.env.push_back(cat(name, "=", text));
  }
}

void setLabels(RunConfig& config, std::string_view value) {
  for (const auto& [name, text] : pairs(value)) {
    config.labels[name] = text;
  }
}

void addPorts(RunConfig& config, std::string_view value) {
  for (const std::string& word : words(value)) {
    const auto parts = split(word, '/', 2);
    const std::string protocol = parts.size() > 1 ? lower(parts[1]) : "tcp";
    const auto port = parseNumber<unsigned>(parts[0]);
    if (!port || *port == 0 || *port > 65535 ||
        (protocol != "tcp" && protocol != "udp" && protocol != "sctp")) {
      throw badValue(word, "PORT or PORT/PROTOCOL");
    }
    config.exposedPorts.push_back(cat(*port, "/", protocol));
  }
}

void addVolumes(RunConfig& config, std::string_view value) {
  for (const std::string& path : jsonList(value).value_or(words(value))) {
    config.volumes.push_back(path);
  }
}

using Step = void (*)(RunConfig&, std::string_view);

constexpr std::array<std::pair<std::string_view, Step>, 9> instructions{{
    {"CMD", [](RunConfig& config, std::string_view value) { config.cmd = commandLine(value); }},
    {"ENTRYPOINT",
     [](RunConfig& config, std::string_view value) { config.entrypoint = commandLine(value); }},
    {"ENV", setEnv},
    {"EXPOSE", addPorts},
    {"LABEL", setLabels},
    {"STOPSIGNAL", [](RunConfig& config, std::string_view value) { config.stopSignal = value; }},
    {"USER", [](RunConfig& config, std::string_view value) { config.user = value; }},
    {"VOLUME", addVolumes},
    {"WORKDIR", [](RunConfig& config, std::string_view value) { config.workingDir = value; }},
}};

}  // namespace

void applyChange(oci::ImageConfig& config, std::string_view line) {
  const std::string operation = cat("the change \"", line, "\"");
  const std::string_view text = trim(line);
  const auto end = std::min(text.find_first_of(" \t="), text.size());
  std::string name;
  for (const char c : text.substr(0, end)) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  const std::string_view value = trim(text.substr(std::min(end + 1, text.size())));
  const auto found =
      std::find_if(instructions.begin(), instructions.end(),
                   [&](const auto& instruction) { return instruction.first == name; });
  if (found == instructions.end()) {
    throw Error(ErrorKind::invalid, cat(operation,
                                        ": it must begin with CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, "
                                        "STOPSIGNAL, USER, VOLUME or WORKDIR"));
  }
  if (value.empty()) {
    throw Error(ErrorKind::invalid, cat(operation, ": it has no value"));
  }
  within(operation, [&] { found->second(config.config, value); });
}

}  // namespace image
