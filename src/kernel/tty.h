#pragma once

#include <termios.h>

#include <optional>

#include "kernel/fd.h"

struct WindowSize {
  unsigned short rows = 0, columns = 0;
};

struct Terminal {
  UniqueFd master, slave;
};

/// A new terminal of the devpts file system that is mounted on this directory.
Terminal openTerminal(int devpts);
/// The number N of /dev/pts/N, asked of the master.
int terminalNumber(int master);
/// Nothing where it is no terminal.
std::optional<WindowSize> windowSize(int terminal);
void setWindowSize(int terminal, WindowSize size);

/// A terminal whose input arrives byte by byte, unechoed, as long as this object lives.
class RawMode {
 public:
  explicit RawMode(int terminal);
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  int terminal_;
  termios before_{};
};
