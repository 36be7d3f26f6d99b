#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "base/text.h"

/// What went wrong, in the terms that callers act on. The CLI maps a kind to an exit
/// status and the CRI server maps it to a gRPC status, each in exactly one place.
enum class ErrorKind {
  invalid,         ///< the request makes no sense, whatever the state of the machine
  not_found,       ///< the named object does not exist
  exists,          ///< the name is taken
  in_use,          ///< the object's present state forbids it
  unsupported,     ///< this kernel, layout or build cannot
  denied,          ///< no permission
  not_executable,  ///< a container's command is there but cannot be executed (exit status 126)
  no_command,      ///< a container's command is not there (exit status 127)
  system,          ///< a system call failed
  internal,        ///< a defect of peapod
};

/// The one exception type of the engine. Throw it where the cause is known; add context
/// with within() where the operation is known ("starting pod web: ...").
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what, int code = 0)
      : std::runtime_error(what), kind_(kind), code_(code) {}

  ErrorKind kind() const noexcept { return kind_; }
  /// The errno of the system call that failed, or 0.
  int code() const noexcept { return code_; }

  Error within(const std::string& operation) const {
    return {kind_, operation + ": " + what(), code_};
  }

 private:
  ErrorKind kind_;
  int code_;
};

/// The error of a failed system call: systemError("open ", path). Reads errno first, since
/// building the text may change it; so pass the parts, never a concatenation.
template <typename... Parts>
Error systemError(const Parts&... parts) {
  const int code = errno;
  return {ErrorKind::system, cat(parts..., ": ", std::generic_category().message(code)), code};
}

/// Runs step and adds the operation to the text of an Error that leaves it.
template <typename Step>
decltype(auto) within(const std::string& operation, Step&& step) {
  try {
    return std::forward<Step>(step)();
  } catch (const Error& error) {
    throw error.within(operation);
  }
}
