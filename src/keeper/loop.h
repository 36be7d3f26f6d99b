#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace keeper {

/// The keeper's one thread: an epoll instance and deadlines. Handlers never wait; they may end any
/// watch or timer, their own included.
class Loop {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(std::uint32_t events)>;

  /// A descriptor that is watched for as long as this lives. It must not outlive the descriptor:
  /// one that another process holds too would stay in the epoll instance.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept { *this = std::move(other); }
    Watch& operator=(Watch&& other) noexcept;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { reset(); }
    /// EPOLLIN, EPOLLOUT, ...; with 0 nothing is reported, not even a hang-up.
    void expect(std::uint32_t events);
    void reset();
    explicit operator bool() const { return loop_ != nullptr; }

   private:
    friend class Loop;
    Loop* loop_ = nullptr;
    std::uint64_t id_ = 0;
    int fd_ = -1;
    std::uint32_t events_ = 0;
  };

  /// A call that is made once at its time, unless this is destroyed before.
  class Timer {
   public:
    Timer() = default;
    Timer(Timer&& other) noexcept { *this = std::move(other); }
    Timer& operator=(Timer&& other) noexcept;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { reset(); }
    void reset();
    explicit operator bool() const { return loop_ != nullptr; }

   private:
    friend class Loop;
    Loop* loop_ = nullptr;
    std::pair<Clock::time_point, std::uint64_t> key_{};
  };

  Loop();
  [[nodiscard]] Watch watch(int fd, std::uint32_t events, Handler handler);
  [[nodiscard]] Timer after(std::chrono::milliseconds delay, std::function<void()> call);
  /// Runs the call when the present handler has returned.
  void soon(std::function<void()> call) { soon_.push_back(std::move(call)); }

  /// Until stop(). `between` is called after each round of events.
  void run(const std::function<void()>& between);
  void stop() { stopped_ = true; }

 private:
  int millisecondsToNext() const;
  void dispatch(std::uint64_t id, std::uint32_t events);
  void runDue();
  void runSoon();

  UniqueFd epoll_;
  std::uint64_t nextId_ = 1;
  std::map<std::uint64_t, std::shared_ptr<Handler>> handlers_;
  std::map<std::pair<Clock::time_point, std::uint64_t>, std::function<void()>> timers_;
  std::vector<std::function<void()>> soon_;
  bool stopped_ = false;
};

}  // namespace keeper
