#pragma once

namespace keeper {

/// Where a keeper finds what it is handed.
constexpr int listenerFd = 3;
constexpr int lockFd = 4;

}  // namespace keeper
