#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// "TERM", "SIGTERM", "term", "15", "SIGRTMIN+3", "RTMAX-1"; nothing where it is no signal.
std::optional<int> signalByName(std::string_view name);
/// "SIGTERM", "SIGRTMIN+3"; the number where it has no name.
std::string signalName(int signal);

/// Blocks signals in this thread, to be read from a signalfd.
sigset_t blockSignals(std::initializer_list<int> signals);
/// For a process about to become another program: default dispositions and an empty mask.
void resetSignals();
