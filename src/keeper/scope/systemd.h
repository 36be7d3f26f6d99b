#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct sd_bus;

/// A connection to the system's systemd: its own socket, which asks no bus daemon, else the bus.
class Systemd {
 public:
  Systemd();

  /// A scope to be made: in `slice`, one of `ownSlices` where there are such; these come with the
  /// first scope in them and go with the last.
  struct Scope {
    std::string unit, slice, description;
    std::vector<std::string> ownSlices;
  };
  /// Makes a transient scope that is delegated to us, with the calling process in it. False where
  /// there is a unit of this name already.
  bool startScope(const Scope& scope);
  bool isActive(const std::string& unit);
  /// Returns when systemd has forgotten the unit, which it does once no process is left in it.
  void awaitRemoval(const std::string& unit);

 private:
  struct Close {
    void operator()(sd_bus* bus) const;
  };
  /// What a call ended with that may be made again.
  enum class Outcome { started, unitExists, mayWorkNow };
  Outcome tryScope(const Scope& scope);
  bool isLoaded(const std::string& unit);
  void waitFor(const std::string& job, const std::string& unit);
  using Deadline = std::chrono::steady_clock::time_point;
  /// Takes a message, or waits for one. False where none has come in time.
  bool receive(Deadline deadline);
  std::unique_ptr<sd_bus, Close> bus_;
  std::string ended_, result_;  ///< of the latest job that ended
  std::string removed_;         ///< the latest unit that was
};
