#include "keeper/protocol.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/json.h"

namespace keeper {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 10> kindNames{
    {{ErrorKind::invalid, "invalid"},
     {ErrorKind::not_found, "not_found"},
     {ErrorKind::exists, "exists"},
     {ErrorKind::in_use, "in_use"},
     {ErrorKind::unsupported, "unsupported"},
     {ErrorKind::denied, "denied"},
     {ErrorKind::not_executable, "not_executable"},
     {ErrorKind::no_command, "no_command"},
     {ErrorKind::system, "system"},
     {ErrorKind::internal, "internal"}}};

constexpr const char* socketName = "keeper.sock";

/// The socket's address by way of a descriptor of its directory, which is always short enough.
struct Address {
  explicit Address(int directory) {
    socket.sun_family = AF_UNIX;
    const std::string path = cat("/proc/self/fd/", directory, "/", socketName);
    std::memcpy(socket.sun_path, path.c_str(), path.size() + 1);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&socket); }
  sockaddr_un socket{};
};

UniqueFd openDirectory(const Path& directory) {
  return UniqueFd(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

UniqueFd newSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd) {
    throw systemError("creating a socket for a keeper");
  }
  return fd;
}

}  // namespace

Json errorToJson(const Error& error) {
  std::string_view kind = "internal";
  for (const auto& [value, name] : kindNames) {
    kind = value == error.kind() ? name : kind;
  }
  return {{"kind", kind}, {"text", error.what()}, {"code", error.code()}};
}

Error errorFromJson(const Json& json) {
  std::string name;
  std::string text;
  int code = 0;
  readMember(json, "kind", name);
  readMember(json, "text", text);
  readMember(json, "code", code);
  ErrorKind kind = ErrorKind::internal;
  for (const auto& [value, known] : kindNames) {
    kind = known == name ? value : kind;
  }
  return {kind, text, code};
}

Json phasesToJson(const std::vector<TimedPhase::Record>& phases) {
  Json json = Json::array();
  for (const TimedPhase::Record& phase : phases) {
    json.push_back({phase.where, phase.name, phase.begin, phase.end});
  }
  return json;
}

std::vector<TimedPhase::Record> phasesFromJson(const Json& json) {
  std::vector<TimedPhase::Record> phases;
  for (const Json& phase : json) {
    phases.push_back({phase.at(0), phase.at(1), phase.at(2), phase.at(3)});
  }
  return phases;
}

UniqueFd connectToKeeper(const Path& directory) {
  const UniqueFd at = openDirectory(directory);
  if (!at) {
    return {};
  }
  UniqueFd fd = newSocket();
  const Address address(at.get());
  if (connect(fd.get(), address.get(), sizeof address.socket) == 0) {
    return fd;
  }
  if (errno == ENOENT || errno == ECONNREFUSED) {
    return {};
  }
  throw systemError("connecting to the keeper at ", directory.native());
}

UniqueFd listenAsKeeper(const Path& directory) {
  const UniqueFd at = openDirectory(directory);
  if (!at) {
    throw systemError("opening ", directory.native());
  }
  unlinkat(at.get(), socketName, 0);
  UniqueFd fd = newSocket();
  const Address address(at.get());
  // Before bind(2), since the file takes its mode from the socket's inode (less the umask).
  fchmod(fd.get(), 0600);
  if (bind(fd.get(), address.get(), sizeof address.socket) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    throw systemError("listening on ", (directory / socketName).native());
  }
  return fd;
}

void removeKeeperSocket(const Path& directory) {
  unlink((directory / socketName).c_str());
}

bool sendPacket(int fd, std::string_view first, std::string_view second) {
  // sendmsg(2) only reads what these point to.
  std::array<iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                              {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = second.empty() ? 1 : 2;
  ssize_t sent = -1;
  do {
    sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

std::optional<std::string> receivePacket(int fd) {
  const auto packet = std::make_unique_for_overwrite<char[]>(
      maxPacket);  // NOLINT: filling it costs more than all the rest
  ssize_t size = -1;
  do {
    size = recv(fd, packet.get(), maxPacket, 0);
    // ECONNRESET only says that the other side left what we sent unread: what it sent comes next.
  } while (size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (size <= 0) {
    return std::nullopt;
  }
  return std::string(packet.get(), static_cast<std::size_t>(size));
}

}  // namespace keeper
