#include <fcntl.h>
#include <malloc.h>

#include "keeper/diary.h"
#include "keeper/keeper.h"
#include "keeper/keeper_fds.h"

/// peapod-keeper ROOT RUNROOT ID: supervises one sandbox. Started by keeper/starter.cc alone.
int main(int count, char** arguments) {
  if (count != 4 || fcntl(keeper::listenerFd, F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(keeper::lockFd, F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(keeper::programFd, F_SETFD, FD_CLOEXEC) != 0) {
    keeper::note("peapod-keeper is started by peapod");
    return 125;
  }
  // The heap is given back after each launch; a threshold that grows would keep it.
  mallopt(M_TRIM_THRESHOLD, 64 * 1024);
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);
  try {
    keeper::Keeper supervisor(
        {arguments[1], arguments[2]}, arguments[3],
        {UniqueFd(keeper::listenerFd), UniqueFd(keeper::lockFd), UniqueFd(keeper::programFd)});
    supervisor.run();
  } catch (const std::exception& error) {
    keeper::note(error.what());
    return 125;
  }
  return 0;
}
