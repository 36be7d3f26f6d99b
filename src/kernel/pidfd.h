#pragma once

#include <sys/types.h>

#include <optional>

#include "kernel/fd.h"
#include "kernel/process.h"

/// Error (not_found) where there is no such process.
UniqueFd openPidfd(pid_t pid);
/// False where the process has ended.
bool signalProcess(int pidfd, int signal);
/// A duplicate of another process's descriptor (pidfd_getfd(2)); needs the right to trace it.
UniqueFd takeDescriptor(int pidfd, int number);
/// How a process ended that somebody else reaped, from a pidfd that was opened before
/// (PIDFD_GET_INFO, kernel 6.15). Nothing where the kernel cannot tell or the process has not been
/// reaped.
std::optional<ExitStatus> exitOfReaped(int pidfd);
