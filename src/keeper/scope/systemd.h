#pragma once

#include <memory>
#include <string>

struct sd_bus;

/// A connection to the system's systemd: its own socket, which asks no bus daemon, else the bus.
class Systemd {
 public:
  Systemd();

  /// Makes a transient scope that is delegated to us, with the calling process in it. False where
  /// there is a unit of this name already.
  bool startScope(const std::string& unit, const std::string& slice,
                  const std::string& description);
  bool isActive(const std::string& unit);

 private:
  struct Close {
    void operator()(sd_bus* bus) const;
  };
  void waitFor(const std::string& job, const std::string& unit);
  std::unique_ptr<sd_bus, Close> bus_;
  std::string ended_, result_;  ///< of the latest job that ended
};
