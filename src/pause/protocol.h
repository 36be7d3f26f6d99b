#pragma once

#include <cstdint>

/// What a keeper writes on its end of pause's control socket (SOCK_SEQPACKET), one struct per
/// packet. Pause keeps a descriptor in each slot, as its own descriptor number firstSlot + slot,
/// where a later keeper takes it from with pidfd_getfd(2); what is in which slot the keeper writes
/// down itself. There is no reply: what was sent arrives, even when the keeper dies. A keeper that
/// puts its own end of the socket into a slot first leaves it to the next one.
namespace pause_protocol {

enum class Action : std::uint32_t {
  hold = 1,  ///< with one descriptor (SCM_RIGHTS); one that was in the slot is closed
  drop = 2,
};

struct Message {
  Action action;
  std::uint32_t slot;
};

/// Descriptors that pause is started with. It closes readyFd when it stands.
constexpr int controlFd = 3;
constexpr int readyFd = 4;

constexpr int firstSlot = 16;
constexpr std::uint32_t slots =
    1000;  ///< firstSlot + slots fit into the usual limit of 1024 descriptors

}  // namespace pause_protocol
