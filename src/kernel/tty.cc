#include "kernel/tty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "base/error.h"

Terminal openTerminal(int devpts) {
  // In a container that runs, anybody could have put something else there.
  struct statfs fileSystem {};
  if (fstatfs(devpts, &fileSystem) != 0 || fileSystem.f_type != DEVPTS_SUPER_MAGIC) {
    throw Error(ErrorKind::unsupported, "opening a terminal: /dev/pts is no devpts file system");
  }
  Terminal terminal;
  terminal.master.reset(openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.master) {
    throw systemError("opening a terminal in /dev/pts");
  }
  int unlocked = 0;
  if (ioctl(terminal.master.get(), TIOCSPTLCK, &unlocked) != 0) {
    throw systemError("unlocking a terminal");
  }
  // By the master and not by /dev/pts/N: nothing that is mounted there can come between.
  terminal.slave.reset(ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.slave) {
    throw systemError("opening the other end of a terminal");
  }
  return terminal;
}

int terminalNumber(int master) {
  int number = 0;
  if (ioctl(master, TIOCGPTN, &number) != 0) {
    throw systemError("asking for a terminal's number");
  }
  return number;
}

std::optional<WindowSize> windowSize(int terminal) {
  winsize size{};
  if (ioctl(terminal, TIOCGWINSZ, &size) != 0) {
    return std::nullopt;
  }
  return WindowSize{size.ws_row, size.ws_col};
}

void setWindowSize(int terminal, WindowSize size) {
  winsize request{};
  request.ws_row = size.rows;
  request.ws_col = size.columns;
  if (ioctl(terminal, TIOCSWINSZ, &request) != 0) {
    throw systemError("setting a terminal's size");
  }
}

RawMode::RawMode(int terminal) : terminal_(terminal) {
  if (tcgetattr(terminal, &before_) != 0) {
    throw systemError("reading a terminal's mode");
  }
  termios raw = before_;
  cfmakeraw(&raw);
  if (tcsetattr(terminal, TCSANOW, &raw) != 0) {
    throw systemError("setting a terminal to raw mode");
  }
}

RawMode::~RawMode() {
  tcsetattr(terminal_, TCSANOW, &before_);
}
