#include "runtime/pending_child.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>

#include "kernel/cgroup/cgroup.h"
#include "kernel/pidfd.h"
#include "kernel/selfexe.h"
#include "runtime/namespaces.h"

namespace runtime {

namespace {

struct ReportSockets {
  UniqueFd parent, child;
};

/// Out of the way of the descriptors that a program is started with, which the child puts into
/// their places.
UniqueFd outOfTheWay(int fd) {
  constexpr int first = 16;
  const UniqueFd given(fd);
  UniqueFd moved(fcntl(fd, F_DUPFD_CLOEXEC, first));
  if (!moved) {
    throw systemError("duplicating a descriptor");
  }
  return moved;
}

ReportSockets makeReportSockets() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw systemError("making a socket to the new process");
  }
  UniqueFd parent(ends[0]);
  return {std::move(parent), outOfTheWay(ends[1])};
}

[[noreturn]] void runSteps(const PendingChild::Request& request, UniqueFd socket,
                           std::vector<UniqueFd> cgroupFiles) {
  Reporter reporter(socket.get());
  try {
    request.steps(reporter, std::move(cgroupFiles));
    reporter.sendFailure({ErrorKind::internal, "the steps of a new process came to an end"});
  } catch (const Error& error) {
    reporter.sendFailure(error);
  } catch (const std::exception& error) {
    reporter.sendFailure({ErrorKind::internal, error.what()});
  }
  _exit(1);
}

}  // namespace

void PendingChild::start(const Request& request) {
  ReportSockets sockets = makeReportSockets();
  UniqueFd cgroupDirectory;
  std::vector<UniqueFd> cgroupFiles;
  if (request.cgroup != nullptr) {
    cgroupDirectory = request.cgroup->openForClone();
    cgroupFiles = request.cgroup->openForSelfAttach();
  }
  {
    const NotDumpable guard;
    std::optional<ChildrenIn> place;
    if (request.pidNamespace >= 0) {
      place.emplace(request.pidNamespace);
    }
    child_ = cloneProcess({.flags = request.flags, .cgroup = cgroupDirectory.get()});
    if (child_.pid == 0) {
      sockets.parent.reset();
      if (cgroupDirectory && !child_.inCgroup) {
        cgroupFiles.emplace_back(
            openat(cgroupDirectory.get(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
      }
      runSteps(request, std::move(sockets.child), std::move(cgroupFiles));
    }
  }
  reports_ = std::move(sockets.parent);
}

PendingChild::~PendingChild() {
  if (child_.pidfd) {
    try {
      signalProcess(child_.pidfd.get(), SIGKILL);
      waitForExit(child_.pidfd.get());
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): somebody else reaped it
    }
  }
}

std::optional<Started> PendingChild::advance(bool wait) {
  for (;;) {
    std::optional<Report> report = receiveReport(reports_.get(), wait);
    if (!report) {
      return std::nullopt;
    }
    switch (report->kind) {
      case Report::Kind::terminal:
        console_ = std::move(report->terminal);
        break;
      case Report::Kind::ready:
        ready_ = true;
        break;
      case Report::Kind::failure:
        failure_ = std::move(report->failure);
        break;
      case Report::Kind::end:
        return conclude();
    }
  }
}

Started PendingChild::conclude() {
  reports_.reset();
  if (!failure_ && ready_) {
    return {child_.pid, std::move(child_.pidfd), std::move(console_)};
  }
  const UniqueFd pidfd = std::move(child_.pidfd);
  const ExitStatus end = waitForExit(pidfd.get());
  if (failure_) {
    throw Error(*failure_);
  }
  throw Error(ErrorKind::system,
              cat("the new process ended before its command was executed, by ",
                  end.signal != 0 ? "signal " : "exit ", end.signal != 0 ? end.signal : end.code),
              end.signal != 0 ? ESRCH : 0);
}

}  // namespace runtime
