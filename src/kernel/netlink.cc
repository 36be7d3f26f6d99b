#include "kernel/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "base/error.h"
#include "base/text.h"

namespace {

/// As much as the kernel puts into one answer, however large a buffer is.
constexpr std::size_t answerSize = 64 * 1024;

nlmsghdr* headerAt(std::vector<std::byte>& bytes, std::size_t offset) {
  return reinterpret_cast<nlmsghdr*>(bytes.data() + offset);
}

ErrorKind kindOfFailure(int code) {
  switch (code) {
    case EPERM:
    case EACCES:
      return ErrorKind::denied;
    case EEXIST:
      return ErrorKind::exists;
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return ErrorKind::unsupported;
    default:
      return ErrorKind::system;
  }
}

/// The extended acknowledgement's text: behind the error, and behind the request's payload unless
/// that was capped.
std::string adviceOf(std::span<const std::byte> message, const nlmsghdr& header) {
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0 || message.size() < sizeof(nlmsgerr)) {
    return {};
  }
  const auto& error = *reinterpret_cast<const nlmsgerr*>(message.data());
  std::size_t skip = sizeof(nlmsgerr);
  if ((header.nlmsg_flags & NLM_F_CAPPED) == 0 && error.msg.nlmsg_len >= sizeof(nlmsghdr)) {
    skip += NLMSG_ALIGN(error.msg.nlmsg_len - sizeof(nlmsghdr));
  }
  if (message.size() <= skip) {
    return {};
  }
  return std::string(netlinkText(netlinkAttribute(message.subspan(skip), NLMSGERR_ATTR_MSG)));
}

}  // namespace

void NetlinkBatch::start(std::uint16_t type, std::uint16_t flags, std::string purpose,
                         bool acknowledged) {
  const bool dump = (flags & NLM_F_DUMP) == NLM_F_DUMP;
  current_ = bytes_.size();
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags =
      static_cast<std::uint16_t>(flags | NLM_F_REQUEST | (acknowledged && !dump ? NLM_F_ACK : 0));
  messages_.push_back({current_, std::move(purpose), acknowledged || dump});
  append(&header, sizeof header);
}

void NetlinkBatch::append(const void* data, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), from, from + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  headerAt(bytes_, current_)->nlmsg_len = static_cast<std::uint32_t>(bytes_.size() - current_);
}

void NetlinkBatch::put(std::uint16_t type, std::span<const std::byte> value) {
  nlattr attribute{};
  attribute.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size());
  attribute.nla_type = type;
  append(&attribute, sizeof attribute);
  append(value.data(), value.size());
}

void NetlinkBatch::putText(std::uint16_t type, std::string_view text) {
  std::string terminated(text);
  put(type, std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

std::size_t NetlinkBatch::open(std::uint16_t type) {
  const std::size_t at = bytes_.size();
  nlattr attribute{};
  attribute.nla_type = type;
  append(&attribute, sizeof attribute);
  return at;
}

void NetlinkBatch::close(std::size_t at) {
  reinterpret_cast<nlattr*>(bytes_.data() + at)->nla_len =
      static_cast<std::uint16_t>(bytes_.size() - at);
}

std::span<const std::byte> netlinkAttribute(std::span<const std::byte> attributes,
                                            std::uint16_t type) {
  std::span<const std::byte> found;
  eachNetlinkAttribute(attributes, [&](std::uint16_t kind, std::span<const std::byte> value) {
    if (kind == type && found.data() == nullptr) {
      found = value;
    }
  });
  return found;
}

void eachNetlinkAttribute(
    std::span<const std::byte> attributes,
    const std::function<void(std::uint16_t, std::span<const std::byte>)>& visit) {
  while (attributes.size() >= NLA_HDRLEN) {
    const auto& header = *reinterpret_cast<const nlattr*>(attributes.data());
    if (header.nla_len < NLA_HDRLEN || header.nla_len > attributes.size()) {
      return;
    }
    visit(header.nla_type & NLA_TYPE_MASK,
          attributes.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN));
    attributes =
        attributes.subspan(std::min<std::size_t>(attributes.size(), NLA_ALIGN(header.nla_len)));
  }
}

std::string_view netlinkText(std::span<const std::byte> value) {
  const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
  return text.substr(0, text.find('\0'));
}

NetlinkSocket::NetlinkSocket(int protocol)
    : socket_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)) {
  if (!socket_) {
    const int code = errno;
    throw Error(code == EPROTONOSUPPORT ? ErrorKind::unsupported : ErrorKind::system,
                cat("opening a netlink socket (protocol ", protocol,
                    "): ", std::generic_category().message(code)),
                code);
  }
  const int on = 1;
  // Older kernels lack some of these; what they give is only better errors and smaller answers.
  setsockopt(fd(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(fd(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

void NetlinkSocket::makeRoom(std::size_t size) {
  constexpr std::size_t usual = 128 * 1024;  // below net.core.wmem_default on every kernel
  if (size <= std::max(usual, room_)) {
    return;
  }
  const int wanted = static_cast<int>(size + size / 2);
  setsockopt(fd(), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted);
  setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted);
  room_ = size;
}

std::vector<NetlinkSocket::Failure> NetlinkSocket::exchange(
    const NetlinkBatch& batch, const std::function<void(const NetlinkReply&)>& reply) {
  std::vector<std::byte> bytes = batch.bytes_;
  const std::uint32_t first = sequence_ + 1;
  std::size_t awaited = 0;
  for (const auto& message : batch.messages_) {
    headerAt(bytes, message.offset)->nlmsg_seq = ++sequence_;
    awaited += message.acknowledged ? 1 : 0;
  }
  makeRoom(bytes.size());
  if (::send(fd(), bytes.data(), bytes.size(), 0) < 0) {
    throw systemError("sending ", batch.messages_.size(),
                      " netlink messages (first: ", batch.messages_.front().purpose, ")");
  }
  std::vector<Failure> failures;
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(
      answerSize);  // NOLINT: an array of its own, not filled
  while (awaited > 0) {
    const ssize_t count = recv(fd(), buffer.get(), answerSize, 0);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw systemError("receiving netlink messages (", batch.messages_.front().purpose, ")");
    }
    std::span<const std::byte> rest(buffer.get(), static_cast<std::size_t>(count));
    while (rest.size() >= sizeof(nlmsghdr)) {
      const auto& header = *reinterpret_cast<const nlmsghdr*>(rest.data());
      if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > rest.size()) {
        break;
      }
      const auto payload = rest.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
      const std::uint32_t index = header.nlmsg_seq - first;
      if (index < batch.messages_.size()) {  // else it answers an earlier exchange that failed
        if (header.nlmsg_type == NLMSG_ERROR) {
          const int code = -netlinkNumber<int>(payload);
          const auto& message = batch.messages_[index];
          awaited -= message.acknowledged ? 1 : 0;
          if (code != 0) {
            failures.push_back({code, message.purpose, adviceOf(payload, header)});
            if (!message.acknowledged) {  // the frame of a batch: nothing in it was looked at
              return failures;
            }
          }
        } else if (header.nlmsg_type == NLMSG_DONE) {
          --awaited;
        } else if (reply) {
          reply({header.nlmsg_type, {payload.begin(), payload.end()}});
        }
      }
      rest = rest.subspan(std::min<std::size_t>(rest.size(), NLMSG_ALIGN(header.nlmsg_len)));
    }
  }
  return failures;
}

void NetlinkSocket::send(const NetlinkBatch& batch, std::initializer_list<int> tolerated) {
  if (batch.empty()) {
    return;
  }
  for (const Failure& failure : exchange(batch)) {
    if (std::find(tolerated.begin(), tolerated.end(), failure.code) == tolerated.end()) {
      fail(failure);
    }
  }
}

void NetlinkSocket::fail(const Failure& failure) {
  throw Error(kindOfFailure(failure.code),
              cat(failure.purpose, ": ", std::generic_category().message(failure.code),
                  failure.advice.empty() ? "" : cat(" (", failure.advice, ")")),
              failure.code);
}
