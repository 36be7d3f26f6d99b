#include "base/shared_work.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace {

constexpr std::size_t much = 16;
/// A step takes microseconds, to sleep and be woken up tens of them.
constexpr int turnsBeforeSleep = 100;

cpu_set_t allowedCpus() {
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) {
    CPU_ZERO(&cpus);
  }
  return cpus;
}

}  // namespace

struct SharedWork::Queue {
  std::mutex mutex;
  std::condition_variable added, done;
  std::deque<std::function<void()>> steps;
  std::exception_ptr failure;
  std::atomic<bool> threadIsAtOne = false;
  bool closed = false;
  std::thread thread;
  cpu_set_t cpus{};  ///< that the caller may run on

  void awaitThread(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    for (int turn = 0; turn < turnsBeforeSleep && threadIsAtOne; ++turn) {
      std::this_thread::yield();
    }
    lock.lock();
    done.wait(lock, [&] { return !threadIsAtOne; });
  }

  /// Takes the next step and does it, without the lock. False where there is none.
  bool doOne(std::unique_lock<std::mutex>& lock) {
    if (steps.empty()) {
      return false;
    }
    const std::function<void()> step = std::move(steps.front());
    steps.pop_front();
    lock.unlock();
    std::exception_ptr failed;
    try {
      step();
    } catch (...) {
      failed = std::current_exception();
    }
    lock.lock();
    failure = failure ? failure : failed;
    return true;
  }

  void runThread() {
    sched_setaffinity(0, sizeof cpus, &cpus);
    std::unique_lock lock(mutex);
    while (true) {
      threadIsAtOne = true;
      while (doOne(lock)) {
      }
      threadIsAtOne = false;
      done.notify_one();
      if (closed) {
        return;
      }
      added.wait(lock);
    }
  }
};

SharedWork::SharedWork() : queue_(std::make_unique<Queue>()) {}

SharedWork::~SharedWork() {
  drop();
  close();
  joinThread();
}

void SharedWork::joinThread() {
  if (queue_->thread.joinable()) {
    // Where it has not begun yet it need not wait for that CPU.
    pthread_setaffinity_np(queue_->thread.native_handle(), sizeof queue_->cpus, &queue_->cpus);
    queue_->thread.join();
  }
}

void SharedWork::startThread() {
  queue_->cpus = allowedCpus();
  try {
    queue_->thread = std::thread([queue = queue_.get()] { queue->runThread(); });
  } catch (const std::system_error&) {
    return;  // the caller does it all
  }
  // The kernel would often leave it behind the caller until that waits for something.
  cpu_set_t others = queue_->cpus;
  const int own = sched_getcpu();
  if (own >= 0) {
    CPU_CLR(static_cast<std::size_t>(own), &others);
    pthread_setaffinity_np(queue_->thread.native_handle(), sizeof others, &others);
  }
}

void SharedWork::add(std::function<void()> step) {
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->steps.push_back(std::move(step));
    waiting = queue_->steps.size();
  }
  if (queue_->thread.joinable()) {
    queue_->added.notify_one();
  } else if (waiting == much) {
    startThread();
  }
}

void SharedWork::close() {
  const std::lock_guard lock(queue_->mutex);
  queue_->closed = true;
  queue_->added.notify_one();
}

void SharedWork::finish() {
  std::unique_lock lock(queue_->mutex);
  while (queue_->doOne(lock)) {
  }
  queue_->awaitThread(lock);
  if (queue_->closed) {
    lock.unlock();
    joinThread();
  }
  if (queue_->failure) {
    std::rethrow_exception(std::exchange(queue_->failure, nullptr));
  }
}

void SharedWork::drop() {
  std::unique_lock lock(queue_->mutex);
  queue_->steps.clear();
  queue_->awaitThread(lock);
}
