#pragma once

namespace keeper {

/// Where a keeper finds what it is handed.
constexpr int listenerFd = 3;
constexpr int lockFd = 4;
/// The mount that it runs from; held, not used.
constexpr int programFd = 5;

}  // namespace keeper
