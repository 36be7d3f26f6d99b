#include <array>

#include "keeper/client.h"
#include "keeper/protocol.h"

namespace keeper {
namespace {

std::string_view letter(const Attachment::Frame& frame) {
  return {reinterpret_cast<const char*>(&frame), 1};
}

}  // namespace

std::optional<Attachment::Received> Attachment::receive() {
  const auto packet = receivePacket(socket_.get());
  if (!packet) {
    return std::nullopt;
  }
  return Received{static_cast<Frame>(packet->front()), packet->substr(1)};
}

void Attachment::send(std::string_view input) {
  constexpr Frame frame = Frame::stdin_;
  do {
    const std::string_view piece = input.substr(0, maxFrame);
    // Where the keeper is gone, receive() says so.
    if (!sendPacket(socket_.get(), letter(frame), piece)) {
      return;
    }
    input.remove_prefix(piece.size());
  } while (!input.empty());
}

void Attachment::resize(unsigned short rows, unsigned short columns) {
  constexpr Frame frame = Frame::resize;
  sendPacket(socket_.get(), letter(frame), cat(+rows, " ", +columns));
}

}  // namespace keeper
