#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace cli {

/// A point of time as options have it: a timestamp, or a duration before now.
Time parseMoment(const std::string& text);

/// KEY ("label!" where labels are excluded) and VALUE; Error (invalid) for what is not KEY=VALUE.
std::pair<std::string, std::string> splitFilter(const std::string& text);

/// `--filter KEY=VALUE`, given any number of times: what is listed meets every key, and of one key
/// one of its values (every one where the key is label). Error (invalid) for a key or value that
/// does not exist, before anything is listed.
class ContainerFilters {
 public:
  /// `all` are the containers there are: before= and since= name one of them.
  ContainerFilters(const std::vector<std::string>& texts,
                   const std::vector<engine::ContainerSummary>& all);
  bool matches(const engine::ContainerSummary& container) const;
  /// Whether a filter asks for states, so that not only running containers are listed.
  bool namesStatus() const;

 private:
  using Test = std::function<bool(const engine::ContainerSummary&)>;
  std::map<std::string, std::vector<Test>> tests_;
};

class PodFilters {
 public:
  explicit PodFilters(const std::vector<std::string>& texts);
  bool matches(const engine::PodSummary& pod) const;

 private:
  using Test = std::function<bool(const engine::PodSummary&)>;
  std::map<std::string, std::vector<Test>> tests_;
};

}  // namespace cli
