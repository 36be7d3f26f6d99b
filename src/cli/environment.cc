#include "cli/environment.h"

#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace cli {
namespace {

/// Name and value in the order of their first mention.
class Variables {
 public:
  void set(std::string_view name, std::string_view value) {
    for (auto& [known, old] : pairs_) {
      if (known == name) {
        old = value;
        return;
      }
    }
    pairs_.emplace_back(name, value);
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& [name, value] : pairs_) {
      out.push_back(cat(name, '=', value));
    }
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

void addHostVariables(Variables& variables, std::string_view prefix) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos && text.starts_with(prefix)) {
      variables.set(text.substr(0, equals), text.substr(equals + 1));
    }
  }
}

void addText(Variables& variables, std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string name(text.substr(0, equals));
  if (name.empty()) {
    throw Error(ErrorKind::invalid, cat("environment variable \"", text, "\" has no name"));
  }
  if (equals != std::string_view::npos) {
    variables.set(name, text.substr(equals + 1));
  } else if (name.ends_with('*')) {
    addHostVariables(variables, std::string_view(name).substr(0, name.size() - 1));
  } else if (const char* value = std::getenv(name.c_str())) {
    variables.set(name, value);
  }
}

std::vector<std::string> linesOf(const std::string& file) {
  std::vector<std::string> lines;
  for (auto& line : split(readFile(file), '\n')) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    line.erase(0, line.find_first_not_of(" \t"));
    if (!line.empty() && line.front() != '#') {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

void addLabel(StringMap& labels, std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string key(text.substr(0, equals));
  if (key.empty()) {
    throw Error(ErrorKind::invalid, cat("label \"", text, "\" has no key: it must be KEY=VALUE"));
  }
  labels[key] = equals == std::string_view::npos ? "" : text.substr(equals + 1);
}

}  // namespace

std::vector<std::string> collectEnvironment(const EnvironmentSources& sources) {
  Variables variables;
  if (sources.httpProxy) {
    for (const char* name : {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY",
                             "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"}) {
      addText(variables, name);
    }
  }
  if (sources.host) {
    addHostVariables(variables, "");
  }
  for (const auto& file : sources.files) {
    within("reading environment file", [&] {
      for (const auto& line : linesOf(file)) {
        addText(variables, line);
      }
    });
  }
  for (const auto& text : sources.texts) {
    addText(variables, text);
  }
  return variables.texts();
}

StringMap collectLabels(const std::vector<std::string>& files,
                        const std::vector<std::string>& texts) {
  StringMap labels;
  for (const auto& file : files) {
    within("reading label file", [&] {
      for (const auto& line : linesOf(file)) {
        addLabel(labels, line);
      }
    });
  }
  for (const auto& text : texts) {
    addLabel(labels, text);
  }
  return labels;
}

StringMap keyValues(const std::string& option, const std::vector<std::string>& texts) {
  StringMap out;
  for (const auto& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::invalid,
                  cat("invalid value \"", text, "\" for ", option, ": it must be KEY=VALUE"));
    }
    out[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return out;
}

}  // namespace cli
