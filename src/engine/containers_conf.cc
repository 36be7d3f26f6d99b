#include "engine/containers_conf.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace engine {

namespace {

void addDirectory(std::vector<Path>& files, const Path& directory) {
  std::error_code none;
  const auto first = static_cast<std::ptrdiff_t>(files.size());
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    if (entry.path().extension() == ".conf") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin() + first, files.end());
}

std::vector<Path> configurationFiles() {
  std::vector<Path> files;
  if (const char* only = std::getenv("CONTAINERS_CONF")) {
    files.emplace_back(only);
  } else {
    files = {"/usr/share/containers/containers.conf", "/etc/containers/containers.conf"};
    addDirectory(files, "/etc/containers/containers.conf.d");
  }
  if (const char* last = std::getenv("CONTAINERS_CONF_OVERRIDE")) {
    files.emplace_back(last);
  }
  return files;
}

/// Whether a line that is no comment has the key. The file that comes with Podman has every key,
/// nearly all in comments, and to parse it takes longer than many a command.
bool mentions(std::string_view text, std::string_view key) {
  for (auto at = text.find(key); at != text.npos; at = text.find(key, at + key.size())) {
    const std::string_view before = text.substr(0, at);
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    const auto first = line.find_first_not_of(" \t");
    if (first == line.npos || line[first] != '#') {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> containersConf(const std::string& table, const std::string& key) {
  std::optional<std::string> value;
  for (const Path& file : configurationFiles()) {
    const auto text = readFileIfExists(file);
    if (!text || !mentions(*text, key)) {
      continue;
    }
    try {
      const toml::table document = toml::parse(*text);
      if (const auto found = document[table][key].value<std::string>()) {
        value = *found;
      }
    } catch (const toml::parse_error& error) {
      throw Error(ErrorKind::invalid, cat("reading ", file.native(), ", line ",
                                          error.source().begin.line, ": ", error.description()));
    }
  }
  return value;
}

}  // namespace engine
