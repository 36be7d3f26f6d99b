#include "cli/filters.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.h"

namespace cli {
namespace {

using engine::ContainerStatus;
using engine::ContainerSummary;
using engine::PodSummary;
using Match = std::function<bool(const std::string&)>;

/// Podman takes names and ids of filters for regular expressions.
Match regexMatch(const std::string& pattern) {
  auto compiled = std::shared_ptr<regex_t>(new regex_t{}, [](regex_t* regex) {
    regfree(regex);
    delete regex;
  });
  if (regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    throw Error(ErrorKind::invalid, cat("filter value \"", pattern, "\" is no regular expression"));
  }
  return [compiled](const std::string& text) {
    return regexec(compiled.get(), text.c_str(), 0, nullptr, 0) == 0;
  };
}

std::function<bool(const StringMap&)> labelMatch(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const auto value =
      equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1));
  return [key, value](const StringMap& labels) {
    const auto label = labels.find(key);
    return label != labels.end() && (!value || label->second == *value);
  };
}

Match containerStatusMatch(const std::string& value) {
  constexpr std::array known{"created",  "configured", "initialized", "running",
                             "paused",   "stopping",   "stopped",     "exited",
                             "removing", "unknown",    "restarting"};
  if (std::find(known.begin(), known.end(), value) == known.end()) {
    throw Error(ErrorKind::invalid, cat("unknown container state: ", value));
  }
  const std::string wanted = value == "configured" || value == "initialized" ? "created"
                             : value == "stopped"                            ? "exited"
                                                                             : value;
  return [wanted](const std::string& status) { return status == wanted; };
}

const ContainerSummary& named(const std::vector<ContainerSummary>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const ContainerSummary& container) {
    return container.name == name || (!name.empty() && container.id.starts_with(name));
  });
  if (found == all.end()) {
    throw Error(ErrorKind::not_found, cat("no container with name or ID \"", name, "\" found"));
  }
  return *found;
}

bool matchesImage(const ContainerSummary& container, const std::string& wanted) {
  if (container.imageId.starts_with(wanted)) {
    return true;
  }
  // "nginx" and "library/nginx" mean docker.io/library/nginx:latest; a tag has to be the same.
  const std::string& image = container.image;
  const std::string tagged =
      wanted.find(':', wanted.rfind('/') == std::string::npos ? 0 : wanted.rfind('/')) ==
              std::string::npos
          ? wanted + ":latest"
          : wanted;
  return image == wanted || image == tagged || image.ends_with("/" + tagged);
}

template <typename Test>
bool meetsAll(const std::map<std::string, std::vector<Test>>& tests, const auto& object) {
  return std::all_of(tests.begin(), tests.end(), [&](const auto& row) {
    const auto& [key, alternatives] = row;
    const auto meets = [&](const Test& test) { return test(object); };
    return key.starts_with("label") ? std::all_of(alternatives.begin(), alternatives.end(), meets)
                                    : std::any_of(alternatives.begin(), alternatives.end(), meets);
  });
}

std::function<bool(const ContainerSummary&)> timeTest(const std::string& key,
                                                      const std::string& value,
                                                      const std::vector<ContainerSummary>& all) {
  const Time limit = key == "until" ? parseMoment(value) : named(all, value).created;
  const bool after = key == "since";
  return [limit, after](const ContainerSummary& container) {
    return after ? container.created > limit : container.created < limit;
  };
}

/// "id", "name" or "status", which may be asked of a pod's containers, too.
std::function<bool(const ContainerStatus&)> statusTest(const std::string& key,
                                                       const std::string& value) {
  if (key == "status") {
    return [match = containerStatusMatch(value)](const ContainerStatus& container) {
      return match(container.state.status);
    };
  }
  return [match = regexMatch(value), id = key == "id"](const ContainerStatus& container) {
    return match(id ? container.id : container.name);
  };
}

std::function<bool(const ContainerSummary&)> containerTest(
    const std::string& key, const std::string& value, const std::vector<ContainerSummary>& all) {
  if (key == "id" || key == "name" || key == "status") {
    return statusTest(key, value);
  }
  if (key == "label" || key == "label!") {
    return [match = labelMatch(value), wanted = key == "label"](const ContainerSummary& container) {
      return match(container.labels) == wanted;
    };
  }
  if (key == "exited") {
    const auto code = parseNumber<int>(value);
    if (!code) {
      throw Error(ErrorKind::invalid, cat("filter exited=", value, ": it must be an exit code"));
    }
    return [code = *code](const ContainerSummary& container) {
      return container.state.status == "exited" && container.state.exitCode == code;
    };
  }
  if (key == "pod") {
    return [value](const ContainerSummary& container) {
      return container.podName == value || (!value.empty() && container.pod.starts_with(value));
    };
  }
  if (key == "network") {
    return [value](const ContainerSummary& container) {
      return std::find(container.networks.begin(), container.networks.end(), value) !=
             container.networks.end();
    };
  }
  if (key == "volume") {
    return [value](const ContainerSummary& container) {
      return std::find(container.mounts.begin(), container.mounts.end(), value) !=
             container.mounts.end();
    };
  }
  if (key == "ancestor") {
    return [value](const ContainerSummary& container) { return matchesImage(container, value); };
  }
  if (key == "before" || key == "since" || key == "until") {
    return timeTest(key, value, all);
  }
  if (key == "health" || key == "restart-policy") {
    throw Error(ErrorKind::unsupported, cat("filter ", key, " is not supported yet"));
  }
  throw Error(ErrorKind::invalid, cat(key, " is an invalid filter"));
}

Match podStatusMatch(const std::string& value) {
  constexpr std::array known{"created", "running", "paused", "degraded",
                             "stopped", "exited",  "dead",   "unknown"};
  const std::string wanted = lower(value);
  if (std::find(known.begin(), known.end(), wanted) == known.end()) {
    throw Error(ErrorKind::invalid, cat("unknown pod status: ", value));
  }
  return [wanted](const std::string& status) { return lower(status) == wanted; };
}

/// True of a pod when the test is true of one of its containers.
std::function<bool(const PodSummary&)> ofSomeContainer(
    std::function<bool(const ContainerStatus&)> test) {
  return [test = std::move(test)](const PodSummary& pod) {
    return std::any_of(pod.containers.begin(), pod.containers.end(), test);
  };
}

std::function<bool(const PodSummary&)> podTest(const std::string& key, const std::string& value) {
  if (key == "id" || key == "name") {
    return [match = regexMatch(value), id = key == "id"](const PodSummary& pod) {
      return match(id ? pod.id : pod.name);
    };
  }
  if (key == "label" || key == "label!") {
    return [match = labelMatch(value), wanted = key == "label"](const PodSummary& pod) {
      return match(pod.labels) == wanted;
    };
  }
  if (key == "status") {
    return [match = podStatusMatch(value)](const PodSummary& pod) { return match(pod.status); };
  }
  if (key == "ctr-names" || key == "ctr-ids" || key == "ctr-status") {
    return ofSomeContainer(statusTest(key == "ctr-names" ? "name"
                                      : key == "ctr-ids" ? "id"
                                                         : "status",
                                      value));
  }
  if (key == "ctr-number") {
    const auto number = parseNumber<std::size_t>(value);
    if (!number) {
      throw Error(ErrorKind::invalid, cat("filter ctr-number=", value, ": it must be a number"));
    }
    return [number = *number](const PodSummary& pod) {
      // Podman counts the pause container too.
      return pod.containers.size() + (pod.hasInfra ? 1 : 0) == number;
    };
  }
  if (key == "network") {
    return [value](const PodSummary& pod) {
      return std::find(pod.networks.begin(), pod.networks.end(), value) != pod.networks.end();
    };
  }
  if (key == "until") {
    return [limit = parseMoment(value)](const PodSummary& pod) { return pod.created < limit; };
  }
  throw Error(ErrorKind::invalid, cat(key, " is an invalid filter"));
}

}  // namespace

Time parseMoment(const std::string& text) {
  if (const auto duration = parseDuration(text)) {
    return now() - *duration;
  }
  if (const auto time = parseTime(text)) {
    return *time;
  }
  throw Error(ErrorKind::invalid,
              cat("\"", text, "\" is neither a time nor a duration such as 10m"));
}

std::pair<std::string, std::string> splitFilter(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::invalid, cat("invalid filter \"", text, "\": it must be KEY=VALUE"));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ContainerFilters::ContainerFilters(const std::vector<std::string>& texts,
                                   const std::vector<ContainerSummary>& all) {
  for (const auto& text : texts) {
    const auto [key, value] = splitFilter(text);
    tests_[key].push_back(containerTest(key, value, all));
  }
}

bool ContainerFilters::matches(const ContainerSummary& container) const {
  return meetsAll(tests_, container);
}

bool ContainerFilters::namesStatus() const {
  return tests_.contains("status") || tests_.contains("exited");
}

PodFilters::PodFilters(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto [key, value] = splitFilter(text);
    tests_[key].push_back(podTest(key, value));
  }
}

bool PodFilters::matches(const PodSummary& pod) const {
  return meetsAll(tests_, pod);
}

}  // namespace cli
