#pragma once

#include <chrono>
#include <optional>

#include "keeper/config.h"

namespace keeper {

/// When a container that has ended is started again. At once, as Podman does; but one that keeps
/// ending waits twice as long each time, 100 ms to 1 min, until it has run for 10 s.
class RestartDecision {
 public:
  explicit RestartDecision(RestartRule rule) : rule_(rule) {}

  /// The delay before it is started again; nothing where it is not. `restarts` is how often it was
  /// already.
  std::optional<std::chrono::milliseconds> next(int exitCode, unsigned restarts,
                                                std::chrono::nanoseconds ran);

 private:
  RestartRule rule_;
  std::chrono::milliseconds delay_{0};
};

}  // namespace keeper
