#pragma once

#include <vector>

#include "base/fd.h"

namespace keeper {

/// Descriptors whose last close takes long. The end of a container's mount namespace writes its
/// file system back to the disk; where a process is the last to hold it, that happens in its exit,
/// and everybody who waits for the process waits for the disk.
class LateClose {
 public:
  /// They are closed in this order. Either may be empty.
  void add(UniqueFd first, UniqueFd second);
  /// Closes what was added in a process that nobody waits for.
  void flush();
  /// Closes what was added, and returns when that is done.
  void closeHere();

 private:
  std::vector<UniqueFd> fds_;
};

}  // namespace keeper
