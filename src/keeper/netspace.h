#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "network/network.h"

namespace keeper {

/// A network namespace with its interface and published ports. Whatever it holds is taken back when
/// it is destroyed; the namespace itself lives on as long as a process is in it.
class NetworkSpace {
 public:
  /// All of it stands afterwards, or an Error and nothing is left. Host ports of 0 are chosen.
  NetworkSpace(UniqueFd networkNamespace, std::optional<network::Interface> interface,
               const std::vector<network::PublishedPort>& ports);
  /// One that a dead keeper made: its namespace is pause's, its ports are published.
  static NetworkSpace takeOver(std::optional<network::Interface> interface,
                               const std::vector<network::PublishedPort>& ports);
  NetworkSpace(NetworkSpace&&) = default;
  NetworkSpace(const NetworkSpace&) = delete;
  NetworkSpace& operator=(const NetworkSpace&) = delete;
  NetworkSpace& operator=(NetworkSpace&&) = delete;
  ~NetworkSpace();

  int fd() const { return namespace_.get(); }
  /// Another process holds the namespace from now on.
  void letGo() { namespace_.reset(); }
  std::vector<network::PublishedPort> ports() const;
  /// All of them or none; with the host ports that were chosen.
  std::vector<network::PublishedPort> publish(const std::vector<network::PublishedPort>& ports);
  void unpublish(const std::vector<network::PublishedPort>& ports);
  /// Bridge, rules and published ports stand again, whoever took them away.
  void reload();
  /// True once after the rules did not stand and had to be made: others lack their ports then.
  bool takeMadeRules() { return std::exchange(madeRules_, false); }

 private:
  struct Held {
    network::PublishedPort port;
    UniqueFd reserved;  ///< keeps other programs from the port
  };
  NetworkSpace() = default;
  bool ensureRules();
  void publishHeld() const;
  std::vector<network::PublishedPort> add(const std::vector<network::PublishedPort>& ports);

  std::optional<network::Interface> interface_;
  UniqueFd namespace_;
  std::vector<Held> held_;
  bool madeRules_ = false;
};

}  // namespace keeper
