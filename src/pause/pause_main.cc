// The process that holds a pod's namespaces from before its first container until after its last
// one. It is PID 1 of a shared pid namespace, so it reaps what nobody waits for; and it holds
// descriptors for the keeper, so that they outlive it (protocol.h). No libc: the whole of it stays
// in a few pages, once per pod.

#include <linux/prctl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "pause/protocol.h"
#include "pause/system_call.h"

namespace {

using namespace pause_protocol;

constexpr unsigned long bit(int signal) {
  return 1UL << (signal - 1);
}

/// struct signalfd_siginfo, as far as it is used here.
struct SignalRecord {
  unsigned number;
  int errorNumber, code;
  unsigned sender;  ///< 0: from outside the pid namespace
  unsigned char rest[112];
};
static_assert(sizeof(SignalRecord) == 128);

int openSignals() {
  const unsigned long signals = bit(SIGTERM) | bit(SIGINT) | bit(SIGCHLD);
  systemCall(__NR_rt_sigprocmask, SIG_SETMASK, address(&signals), 0, sizeof signals);
  return static_cast<int>(
      systemCall(__NR_signalfd4, -1, address(&signals), sizeof signals, 02000000));
}

void reapAll() {
  while (systemCall(__NR_wait4, -1, 0, WNOHANG | __WALL, 0) > 0) {
  }
}

/// Two signals of one kind may arrive as one, so every SIGCHLD stands for all children.
void onSignal(int signals) {
  SignalRecord record{};
  systemCall(__NR_read, signals, address(&record), sizeof record);
  if (record.number == SIGCHLD) {
    reapAll();
  } else if (record.sender == 0 || systemCall(__NR_getpid) != 1) {
    // PID 1 does not listen to those inside: its end would be the end of the pod.
    systemCall(__NR_exit_group, 0);
  }
}

struct Packet {
  Message message{};
  int descriptor = -1;
};

/// False at the end: all copies of the keeper's end are closed.
bool receive(Packet& packet) {
  iovec part{&packet.message, sizeof packet.message};
  alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  if (systemCall(__NR_recvmsg, controlFd, address(&header), MSG_CMSG_CLOEXEC) <= 0) {
    return false;
  }
  const cmsghdr* attached = CMSG_FIRSTHDR(&header);
  if (attached != nullptr && attached->cmsg_level == SOL_SOCKET &&
      attached->cmsg_type == SCM_RIGHTS) {
    packet.descriptor = *reinterpret_cast<const int*>(CMSG_DATA(attached));
  }
  return true;
}

bool onControl() {
  Packet packet;
  if (!receive(packet)) {
    return false;
  }
  const Message& message = packet.message;
  if (message.slot < slots) {
    const int place = firstSlot + static_cast<int>(message.slot);
    if (message.action == Action::hold && packet.descriptor >= 0) {
      systemCall(__NR_dup3, packet.descriptor, place, 02000000);
    } else if (message.action == Action::drop) {
      systemCall(__NR_close, place);
    }
  }
  if (packet.descriptor >= 0) {
    systemCall(__NR_close, packet.descriptor);
  }
  return true;
}

}  // namespace

extern "C" [[noreturn]] void pauseMain() {
  // Containers that share the pid namespace see this process as /proc/1 and may be root.
  systemCall(__NR_prctl, PR_SET_DUMPABLE, 0);
  const int signals = openSignals();
  systemCall(__NR_close, readyFd);
  pollfd watched[2] = {{signals, POLLIN, 0}, {controlFd, POLLIN, 0}};
  for (;;) {
    systemCall(__NR_ppoll, address(watched), 2, 0, 0, 0);
    if (watched[0].revents != 0) {
      onSignal(signals);
    }
    if (watched[1].revents != 0 && !onControl()) {
      watched[1].fd = -1;
    }
  }
}

// The kernel's entry has the stack as the x86_64 and the arm64 calling convention want it after
// this.
#if defined(__x86_64__)
asm(".global _start\n_start:\n xor %ebp,%ebp\n and $-16,%rsp\n call pauseMain\n");
#else
asm(".global _start\n_start:\n bl pauseMain\n");
#endif
