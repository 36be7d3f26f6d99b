#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernel/fd.h"

/// Netlink messages (netlink(7)), one after the other in one buffer, to be sent in one go.
class NetlinkBatch {
 public:
  /// Begins a message; `purpose` is what an error of it says: "creating bridge peapod0". An
  /// acknowledgement is asked for unless the flags hold NLM_F_DUMP or `acknowledged` is false.
  template <typename Header>
  void begin(std::uint16_t type, std::uint16_t flags, const Header& header,
             std::string purpose = {}, bool acknowledged = true) {
    static_assert(std::is_trivially_copyable_v<Header>);
    start(type, flags, std::move(purpose), acknowledged);
    append(&header, sizeof header);
  }

  void put(std::uint16_t type, std::span<const std::byte> value);
  void putText(std::uint16_t type, std::string_view text);  ///< with the NUL that the kernel wants
  template <typename Number>
  void putNumber(std::uint16_t type, Number number) {
    static_assert(std::is_integral_v<Number>);
    put(type, std::as_bytes(std::span(&number, 1)));
  }
  /// What `fill` puts is inside the attribute.
  template <typename Fill>
  void nest(std::uint16_t type, Fill&& fill) {
    const std::size_t at = open(type);
    fill();
    close(at);
  }
  /// Bytes inside a nest that are no attribute (veth's peer begins with a struct ifinfomsg).
  template <typename Raw>
  void putRaw(const Raw& raw) {
    static_assert(std::is_trivially_copyable_v<Raw>);
    append(&raw, sizeof raw);
  }

  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  /// The bytes of the message that is being built.
  std::size_t messageSize() const { return bytes_.size() - current_; }

 private:
  friend class NetlinkSocket;
  struct Message {
    std::size_t offset;
    std::string purpose;
    bool acknowledged;
  };
  void start(std::uint16_t type, std::uint16_t flags, std::string purpose, bool acknowledged);
  void append(const void* data, std::size_t size);
  std::size_t open(std::uint16_t type);
  void close(std::size_t at);

  std::vector<std::byte> bytes_;
  std::vector<Message> messages_;
  std::size_t current_ = 0;
};

/// A message from the kernel.
struct NetlinkReply {
  std::uint16_t type = 0;
  std::vector<std::byte> payload;  ///< after the nlmsghdr

  template <typename Header>
  const Header* header() const {
    return payload.size() < sizeof(Header) ? nullptr
                                           : reinterpret_cast<const Header*>(payload.data());
  }
  /// Those that follow a header of this size.
  template <typename Header>
  std::span<const std::byte> attributes() const {
    const std::size_t size = NLMSG_ALIGN(sizeof(Header));
    return payload.size() < size ? std::span<const std::byte>() : std::span(payload).subspan(size);
  }
};

/// The first attribute of this type; empty where there is none. The nested flag is not looked at.
std::span<const std::byte> netlinkAttribute(std::span<const std::byte> attributes,
                                            std::uint16_t type);
void eachNetlinkAttribute(
    std::span<const std::byte> attributes,
    const std::function<void(std::uint16_t, std::span<const std::byte>)>& visit);
template <typename Number>
Number netlinkNumber(std::span<const std::byte> value) {
  Number number{};
  if (value.size() >= sizeof number) {
    std::memcpy(&number, value.data(), sizeof number);
  }
  return number;
}
std::string_view netlinkText(std::span<const std::byte> value);

/// One conversation with the kernel, in the network namespace in which the socket was opened.
class NetlinkSocket {
 public:
  /// NETLINK_ROUTE, NETLINK_NETFILTER.
  explicit NetlinkSocket(int protocol);

  int fd() const { return socket_.get(); }

  /// What became of one message that the kernel refused.
  struct Failure {
    int code = 0;         ///< errno
    std::string purpose;  ///< of the message
    std::string advice;   ///< the kernel's own words (extended acknowledgement), often empty
  };
  /// Sends all of it and reads until every message has its acknowledgement, or each dump its end.
  /// Replies that are none go to `reply`. The kernel handles the messages in order and does not
  /// stop at one that it refuses (nor undo others, nf_tables' batches excepted).
  std::vector<Failure> exchange(const NetlinkBatch& batch,
                                const std::function<void(const NetlinkReply&)>& reply = {});
  /// The same; throws the first failure whose code is not in `tolerated`.
  void send(const NetlinkBatch& batch, std::initializer_list<int> tolerated = {});

  /// The Error of a failure: "creating bridge peapod0: File exists (the kernel's words)".
  [[noreturn]] static void fail(const Failure& failure);

 private:
  void makeRoom(std::size_t size);
  UniqueFd socket_;
  std::uint32_t sequence_ = 0;
  std::size_t room_ = 0;
};
