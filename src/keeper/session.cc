#include "keeper/session.h"

#include <sys/socket.h>

#include <array>

#include "base/json.h"
#include "keeper/protocol.h"

namespace keeper {
namespace {

/// Output that a client which came later may leave unread before the container waits for it too,
/// and how long that lasts when it reads nothing at all.
constexpr std::size_t longestQueue = 1 << 20;
constexpr std::chrono::milliseconds patience = std::chrono::seconds(2);

}  // namespace

void Session::open() {
  watch_ = loop_.watch(socket_.get(), EPOLLIN | EPOLLRDHUP,
                       [self = weak_from_this()](std::uint32_t events) {
                         if (const auto session = self.lock()) {
                           session->onEvents(events);
                         }
                       });
}

void Session::expect() {
  const bool reads = attached_ ? inputWanted_ : !busy_;
  watch_.expect(EPOLLRDHUP | (reads ? EPOLLIN : 0U) | (queue_.empty() ? 0U : EPOLLOUT));
}

void Session::onEvents(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    flush();
  }
  const bool reads = attached_ ? inputWanted_ : !busy_;
  if (!closed_ && (events & EPOLLIN) != 0 && reads) {
    onPacket();
  } else if (!closed_ && (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) != 0) {
    close();
  }
}

void Session::onPacket() {
  static std::array<char, maxPacket> buffer;  // one for all: it is empty between calls
  const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (size <= 0) {
    close();
    return;
  }
  if (static_cast<std::size_t>(size) > buffer.size()) {
    fail(Error(ErrorKind::invalid, cat("a request of ", size, " bytes is too long")));
    finish();
    return;
  }
  const std::string_view packet(buffer.data(), static_cast<std::size_t>(size));
  if (attached_) {
    onFrame(packet);
  } else {
    onRequest(packet);
  }
}

void Session::onRequest(std::string_view packet) {
  const auto self = shared_from_this();
  busy_ = true;
  try {
    const Json request = parseJson(packet, "a request to a keeper");
    requireObject(request, "a request to a keeper");
    if (request.contains("trace")) {
      TimedPhase::trace("keeper");
    }
    handler_.request(self, request);
  } catch (const Error& error) {
    fail(error);
  } catch (const std::exception& error) {
    fail(Error(ErrorKind::internal, cat("answering a request: ", std::string_view(error.what()))));
  }
  if (!closed_) {
    expect();
  }
}

void Session::onFrame(std::string_view packet) {
  const auto frame = static_cast<Attachment::Frame>(packet.front());
  const std::string_view data = packet.substr(1);
  if (frame == Attachment::Frame::stdin_ && stdio_ != nullptr) {
    data.empty() ? stdio_->endInput(this) : stdio_->write(this, data);
  } else if (frame == Attachment::Frame::resize && stdio_ != nullptr) {
    const auto numbers = split(data, ' ');
    const auto rows = parseNumber<unsigned short>(numbers.front());
    const auto columns = parseNumber<unsigned short>(numbers.back());
    if (rows && columns) {
      stdio_->resize(*rows, *columns);
    }
  } else if (stdio_ != nullptr) {
    close();  // no frame of ours
  }
}

void Session::answer(const Json& result) {
  reply({{"ok", result}});
}

void Session::fail(const Error& error) {
  reply({{"error", errorToJson(error)}});
}

void Session::reply(Json packet) {
  busy_ = false;
  if (TimedPhase::tracing()) {
    packet["phases"] = phasesToJson(TimedPhase::take());
  }
  send(printJson(packet));
}

void Session::attach(Stdio& stdio, bool waitsFor) {
  stdio_ = &stdio;
  attached_ = true;
  waitsFor_ = waitsFor;
  if (!closed_) {
    expect();
  }
}

void Session::frame(Attachment::Frame frame, std::string_view data) {
  send({reinterpret_cast<const char*>(&frame), 1}, data);
}

void Session::send(std::string_view first, std::string_view second) {
  if (closed_) {
    return;
  }
  if (queue_.empty() && sendPacket(socket_.get(), first, second)) {
    expect();
    return;
  }
  if (queue_.empty() && errno != EAGAIN) {
    close();
    return;
  }
  queued_ += first.size() + second.size();
  queue_.push_back(cat(first, second));
  watchProgress();
  expect();
}

bool Session::holdsBack() const {
  return waitsFor_ ? !queue_.empty() : queued_ > longestQueue;
}

void Session::watchProgress() {
  if (!waitsFor_ && holdsBack()) {
    if (!stuck_) {
      stuck_ = loop_.after(patience, [this] { close(); });
    }
  } else {
    stuck_.reset();
  }
}

void Session::flush() {
  while (!queue_.empty()) {
    if (!sendPacket(socket_.get(), queue_.front())) {
      if (errno != EAGAIN) {
        close();
        return;
      }
      watchProgress();
      break;
    }
    queued_ -= queue_.front().size();
    queue_.pop_front();
    stuck_.reset();
  }
  expect();
  if (finishing_ && queue_.empty()) {
    close();
  } else if (stdio_ != nullptr && !holdsBack()) {
    stdio_->drained();
  }
}

void Session::readInput(bool wanted) {
  inputWanted_ = wanted;
  if (!closed_) {
    expect();
  }
}

void Session::finish() {
  stdio_ = nullptr;
  finishing_ = !waitsFor_;
  if (queue_.empty() && finishing_) {
    close();
  }
}

void Session::close() {
  if (closed_) {
    return;
  }
  closed_ = true;
  stuck_.reset();
  watch_.reset();
  socket_.reset();
  queue_.clear();
  queued_ = 0;
  busy_ = false;
  // Not now: the caller may be going through the listeners of the container.
  loop_.soon([self = shared_from_this()] {
    if (self->stdio_ != nullptr) {
      std::exchange(self->stdio_, nullptr)->left(self.get());
    }
    self->handler_.closed(self);
  });
}

}  // namespace keeper
