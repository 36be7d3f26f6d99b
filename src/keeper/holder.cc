#include "keeper/holder.h"

#include <sys/socket.h>

#include <cstring>

#include "base/error.h"
#include "kernel/pidfd.h"
#include "pause/protocol.h"

namespace keeper {
namespace {

using pause_protocol::Action;
using pause_protocol::Message;

/// Row 0 has one thing: our end of the control socket, for the next keeper.
constexpr std::uint32_t controlSlot = 0;
constexpr unsigned lastRow = (pause_protocol::slots - 1) / Holder::places;

}  // namespace

std::uint32_t Holder::slot(unsigned row, Place place) {
  return 1 + (row - 1) * static_cast<std::uint32_t>(places) + static_cast<std::uint32_t>(place);
}

Holder::Holder(UniqueFd control) : control_(std::move(control)) {
  send(static_cast<std::uint32_t>(Action::hold), controlSlot, control_.get());
}

Holder Holder::takeOver(int pausePidfd) {
  Holder holder;
  holder.control_ = takeDescriptor(pausePidfd, pause_protocol::firstSlot + controlSlot);
  return holder;
}

unsigned Holder::takeRow() {
  if (!control_) {
    return 0;
  }
  for (unsigned row = 1; row <= lastRow; ++row) {
    if (used_.insert(row).second) {
      return row;
    }
  }
  return 0;
}

void Holder::useRow(unsigned row) {
  if (row != 0) {
    used_.insert(row);
  }
}

void Holder::send(std::uint32_t action, std::uint32_t slot, int fd) const {
  Message message{static_cast<Action>(action), slot};
  iovec part{&message, sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (fd >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(attached), &fd, sizeof fd);
  }
  // A pause process that does not read is a frozen or a dead one; neither may stop the keeper.
  sendmsg(control_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Holder::hold(unsigned row, Place place, int fd) {
  if (row != 0 && fd >= 0) {
    send(static_cast<std::uint32_t>(Action::hold), slot(row, place), fd);
  }
}

void Holder::drop(unsigned row, Place place) {
  if (row != 0) {
    send(static_cast<std::uint32_t>(Action::drop), slot(row, place), -1);
  }
}

void Holder::dropRow(unsigned row) {
  for (unsigned place = 0; row != 0 && place < places; ++place) {
    drop(row, static_cast<Place>(place));
  }
  used_.erase(row);
}

UniqueFd Holder::retrieve(int pausePidfd, unsigned row, Place place) {
  try {
    return takeDescriptor(pausePidfd,
                          pause_protocol::firstSlot + static_cast<int>(slot(row, place)));
  } catch (const Error& error) {
    if (error.code() == EBADF) {
      return {};
    }
    throw;
  }
}

}  // namespace keeper
