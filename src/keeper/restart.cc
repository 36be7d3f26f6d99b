#include "keeper/restart.h"

#include <algorithm>

namespace keeper {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds firstDelay = 100ms;
constexpr std::chrono::milliseconds longestDelay = 1min;
constexpr std::chrono::nanoseconds longEnough = 10s;

}  // namespace

std::optional<std::chrono::milliseconds> RestartDecision::next(int exitCode, unsigned restarts,
                                                               std::chrono::nanoseconds ran) {
  if (rule_.when == RestartRule::When::no ||
      (rule_.when == RestartRule::When::onFailure && exitCode == 0) ||
      (rule_.maxRetries != 0 && restarts >= rule_.maxRetries)) {
    return std::nullopt;
  }
  const auto delay = ran >= longEnough ? 0ms : delay_;
  delay_ = delay == 0ms ? firstDelay : std::min(delay * 2, longestDelay);
  return delay;
}

}  // namespace keeper
