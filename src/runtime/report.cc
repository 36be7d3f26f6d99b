#include "runtime/report.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace runtime {

namespace {

/// One packet; the text of a failure follows in it.
struct Header {
  char type;  // 't'erminal, 'r'eady, 'f'ailure
  ErrorKind kind;
  int code;
};

constexpr std::size_t maxText = 4096;

union DescriptorMessage {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

void sendHeader(int socket, const Header& header) {
  if (send(socket, &header, sizeof header, MSG_NOSIGNAL) < 0) {
    throw systemError("reporting to the launcher");
  }
}

}  // namespace

bool Reporter::launcherLives() const {
  pollfd peer{socket_, 0, 0};
  return poll(&peer, 1, 0) == 0;
}

void Reporter::sendTerminal(int master) const {
  Header header{'t', ErrorKind::internal, 0};
  iovec part{&header, sizeof header};
  DescriptorMessage control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* attached = CMSG_FIRSTHDR(&message);
  attached->cmsg_level = SOL_SOCKET;
  attached->cmsg_type = SCM_RIGHTS;
  attached->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(attached), &master, sizeof master);
  if (sendmsg(socket_, &message, MSG_NOSIGNAL) < 0) {
    throw systemError("handing the terminal to the launcher");
  }
}

void Reporter::sendReady() const {
  sendHeader(socket_, {'r', ErrorKind::internal, 0});
}

void Reporter::sendFailure(const Error& error) const noexcept {
  Header header{'f', error.kind(), error.code()};
  const std::size_t length = std::min(std::strlen(error.what()), maxText);
  iovec parts[2] = {{&header, sizeof header}, {const_cast<char*>(error.what()), length}};  // NOLINT
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  sendmsg(socket_, &message, MSG_NOSIGNAL);
}

std::optional<Report> receiveReport(int socket, bool wait) {
  char text[maxText];
  Header header{};
  iovec parts[2] = {{&header, sizeof header}, {text, sizeof text}};
  DescriptorMessage control{};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t length = -1;
  do {
    length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  } while (length < 0 && errno == EINTR);
  if (length < 0 && errno == EAGAIN) {
    return std::nullopt;
  }
  // ECONNRESET: the child was killed with unread data; an end like any other.
  if (length < static_cast<ssize_t>(sizeof header)) {
    return Report{};
  }
  Report report;
  report.kind = Report::Kind::ready;
  if (header.type == 'f') {
    report.kind = Report::Kind::failure;
    report.failure.emplace(header.kind,
                           std::string(text, static_cast<std::size_t>(length) - sizeof header),
                           header.code);
  }
  const cmsghdr* attached = CMSG_FIRSTHDR(&message);
  if (header.type == 't' && attached != nullptr && attached->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(attached), sizeof fd);
    report.kind = Report::Kind::terminal;
    report.terminal.reset(fd);
  }
  return report;
}

}  // namespace runtime
