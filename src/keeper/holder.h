#pragma once

#include <array>
#include <cstdint>
#include <set>

#include "kernel/fd.h"

namespace keeper {

/// The copies of containers' descriptors that a pod's pause process keeps (pause/protocol.h), so
/// that they outlive this keeper. Each container has a row of slots.
class Holder {
 public:
  enum class Place : unsigned { process, input, output, error, console };
  static constexpr std::size_t places = 5;

  Holder() = default;  ///< outside pods: keeps nothing
  /// `control` is our end of pause's socket, which pause gets a copy of too.
  explicit Holder(UniqueFd control);
  /// What a dead keeper left with this pause process.
  static Holder takeOver(int pausePidfd);

  /// A row for a container; 0 where none is left or none is kept.
  unsigned takeRow();
  void useRow(unsigned row);
  void hold(unsigned row, Place place, int fd);
  void drop(unsigned row, Place place);
  void dropRow(unsigned row);
  /// A copy of what is kept there; empty where nothing is.
  static UniqueFd retrieve(int pausePidfd, unsigned row, Place place);

 private:
  static std::uint32_t slot(unsigned row, Place place);
  void send(std::uint32_t action, std::uint32_t slot, int fd) const;

  UniqueFd control_;
  std::set<unsigned> used_;
};

}  // namespace keeper
