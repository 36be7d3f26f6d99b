#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <vector>

/// Does all of it, in any order: with a second thread where it is so much that one pays (to start
/// it takes a tenth of a millisecond). What the steps change must be their own. An exception of one
/// ends this when the other thread has done the rest.
inline void shareWork(const std::vector<std::function<void()>>& steps) {
  constexpr std::size_t much = 16;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t at = next++; at < steps.size(); at = next++) {
      steps[at]();
    }
  };
  std::future<void> helper;
  if (steps.size() >= much) {
    // Where there can be no thread, get() finds nothing left to do.
    helper = std::async(std::launch::async | std::launch::deferred, work);
  }
  work();
  if (helper.valid()) {
    helper.get();
  }
}
