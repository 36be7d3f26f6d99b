#pragma once

#include <functional>
#include <memory>

/// Steps that a second thread does together with the caller, in any order. What they change must be
/// their own. The thread is put on another CPU than the caller's, where there is one; to start it
/// takes a tenth of a millisecond, so there is none before many steps wait.
class SharedWork {
 public:
  SharedWork();
  /// As drop(), and the thread has ended.
  ~SharedWork();
  SharedWork(const SharedWork&) = delete;
  SharedWork& operator=(const SharedWork&) = delete;

  void add(std::function<void()> step);
  /// No more are added: the thread ends when none is left.
  void close();
  /// Does what is left, with the thread, and returns when all is done. Throws what one of them
  /// threw. The thread is at nothing then, and the caller may clone itself.
  void finish();
  /// Leaves undone what nobody has begun; returns when nothing is under way.
  void drop();

 private:
  struct Queue;
  void startThread();
  void joinThread();

  std::unique_ptr<Queue> queue_;
};
