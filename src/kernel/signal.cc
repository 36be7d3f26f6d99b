#include "kernel/signal.h"

#include <array>
#include <cctype>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace {

constexpr std::array<std::pair<std::string_view, int>, 34> signalNames{{
    {"HUP", SIGHUP},
    {"INT", SIGINT},
    {"QUIT", SIGQUIT},
    {"ILL", SIGILL},
    {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT},
    {"BUS", SIGBUS},
    {"FPE", SIGFPE},
    {"KILL", SIGKILL},
    {"USR1", SIGUSR1},
    {"SEGV", SIGSEGV},
    {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE},
    {"ALRM", SIGALRM},
    {"TERM", SIGTERM},
    {"STKFLT", SIGSTKFLT},
    {"CHLD", SIGCHLD},
    {"CONT", SIGCONT},
    {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},
    {"URG", SIGURG},
    {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ},
    {"VTALRM", SIGVTALRM},
    {"PROF", SIGPROF},
    {"WINCH", SIGWINCH},
    {"IO", SIGIO},
    {"PWR", SIGPWR},
    {"SYS", SIGSYS},
    // Second names, so after the first ones.
    {"IOT", SIGIOT},
    {"CLD", SIGCHLD},
    {"POLL", SIGPOLL},
}};

// The kernel's 64; glibc's SIGRTMIN leaves out those it uses itself, and so do the field's tools.
constexpr int lastSignal = 64;

std::optional<int> inRange(std::optional<int> signal, int first) {
  return signal && *signal >= first && *signal <= lastSignal ? signal : std::nullopt;
}

std::optional<int> realtimeByName(std::string_view name) {
  const bool fromStart = name.rfind("RTMIN", 0) == 0;
  if (!fromStart && name.rfind("RTMAX", 0) != 0) {
    return std::nullopt;
  }
  const int base = fromStart ? SIGRTMIN : SIGRTMAX;
  name.remove_prefix(5);
  if (name.empty()) {
    return base;
  }
  const auto offset = parseNumber<int>(name.substr(1));
  if (name.front() != (fromStart ? '+' : '-') || !offset || *offset < 0 || *offset > lastSignal) {
    return std::nullopt;
  }
  return inRange(fromStart ? base + *offset : base - *offset, SIGRTMIN);
}

}  // namespace

std::optional<int> signalByName(std::string_view name) {
  if (const auto number = parseNumber<int>(name)) {
    return inRange(number, 1);
  }
  std::string plain;
  for (const char c : name) {
    plain += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (plain.rfind("SIG", 0) == 0) {
    plain.erase(0, 3);
  }
  for (const auto& [known, number] : signalNames) {
    if (known == plain) {
      return number;
    }
  }
  return realtimeByName(plain);
}

std::string signalName(int signal) {
  for (const auto& [name, number] : signalNames) {
    if (number == signal) {
      return cat("SIG", name);
    }
  }
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    return signal == SIGRTMIN ? "SIGRTMIN" : cat("SIGRTMIN+", signal - SIGRTMIN);
  }
  return std::to_string(signal);
}

sigset_t blockSignals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    sigaddset(&set, signal);
  }
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) {
    throw systemError("blocking signals");
  }
  return set;
}

void resetSignals() {
  // execve resets handlers by itself; what stays is what is ignored. Nobody starts a program with
  // real-time signals ignored, and this is on the path of every start.
  struct sigaction byDefault {};
  for (int signal = 1; signal < 32; ++signal) {
    sigaction(signal, &byDefault,
              nullptr);  // refused for SIGKILL and SIGSTOP, which are never ignored
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}
