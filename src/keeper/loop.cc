#include "keeper/loop.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"

namespace keeper {

Loop::Watch& Loop::Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    reset();
    loop_ = std::exchange(other.loop_, nullptr);
    id_ = other.id_;
    fd_ = other.fd_;
    events_ = other.events_;
  }
  return *this;
}

void Loop::Watch::expect(std::uint32_t events) {
  if (loop_ == nullptr || events == events_) {
    return;
  }
  epoll_event event{};
  event.events = events;
  event.data.u64 = id_;
  // epoll reports a hang-up whether it was asked for or not, so not to hear of it is to leave.
  int operation = events_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (events == 0) {
    operation = EPOLL_CTL_DEL;
  }
  if (epoll_ctl(loop_->epoll_.get(), operation, fd_, &event) != 0) {
    throw systemError("watching a descriptor");
  }
  events_ = events;
}

void Loop::Watch::reset() {
  if (loop_ == nullptr) {
    return;
  }
  if (events_ != 0) {
    epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  }
  loop_->handlers_.erase(id_);
  loop_ = nullptr;
}

Loop::Timer& Loop::Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    reset();
    loop_ = std::exchange(other.loop_, nullptr);
    key_ = other.key_;
  }
  return *this;
}

void Loop::Timer::reset() {
  if (loop_ != nullptr) {
    loop_->timers_.erase(key_);
    loop_ = nullptr;
  }
}

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) {
    throw systemError("creating an epoll instance");
  }
}

Loop::Watch Loop::watch(int fd, std::uint32_t events, Handler handler) {
  Watch watch;
  watch.loop_ = this;
  watch.id_ = nextId_++;
  watch.fd_ = fd;
  handlers_.emplace(watch.id_, std::make_shared<Handler>(std::move(handler)));
  watch.expect(events);
  return watch;
}

Loop::Timer Loop::after(std::chrono::milliseconds delay, std::function<void()> call) {
  Timer timer;
  timer.loop_ = this;
  timer.key_ = {Clock::now() + delay, nextId_++};
  timers_.emplace(timer.key_, std::move(call));
  return timer;
}

int Loop::millisecondsToNext() const {
  if (timers_.empty()) {
    return -1;
  }
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now());
  return static_cast<int>(
      std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
}

void Loop::dispatch(std::uint64_t id, std::uint32_t events) {
  const auto found = handlers_.find(id);
  if (found != handlers_.end()) {
    const std::shared_ptr<Handler> handler = found->second;  // it may end its own watch
    (*handler)(events);
  }
}

void Loop::runDue() {
  const auto time = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= time) {
    const auto call = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    call();
  }
}

void Loop::runSoon() {
  while (!soon_.empty()) {
    const auto calls = std::exchange(soon_, {});
    for (const auto& call : calls) {
      call();
    }
  }
}

void Loop::run(const std::function<void()>& between) {
  std::array<epoll_event, 16> events{};
  while (!stopped_) {
    runSoon();
    between();
    if (stopped_) {
      return;
    }
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 soon_.empty() ? millisecondsToNext() : 0);
    if (count < 0 && errno != EINTR) {
      throw systemError("waiting for events");
    }
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      dispatch(event.data.u64, event.events);
    }
    if (!timers_.empty()) {
      runDue();
    }
  }
}

}  // namespace keeper
