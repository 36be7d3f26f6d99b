#include "kernel/nftables.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace nftables {

namespace {

/// Of one message: an attribute's length has 16 bits, and the elements of a message are inside one.
constexpr std::size_t messageLimit = 32 * 1024;
/// The comment's place in an element's user data, which the kernel keeps and libnftnl defines.
constexpr std::uint8_t userDataComment = 0;

std::uint16_t typeOf(int message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

nfgenmsg familyHeader(int family, std::uint16_t resource = 0) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<std::uint8_t>(family);
  header.version = NFNETLINK_V0;
  header.res_id = htons(resource);
  return header;
}

void putData(NetlinkBatch& batch, std::uint16_t type, const std::vector<std::byte>& bytes) {
  batch.nest(type | NLA_F_NESTED, [&] { batch.put(NFTA_DATA_VALUE, bytes); });
}

void putElement(NetlinkBatch& batch, const Element& element) {
  batch.nest(NFTA_LIST_ELEM | NLA_F_NESTED, [&] {
    putData(batch, NFTA_SET_ELEM_KEY, element.key);
    if (!element.data.empty()) {
      putData(batch, NFTA_SET_ELEM_DATA, element.data);
    }
    if (!element.comment.empty()) {
      std::vector<std::byte> userData = {std::byte{userDataComment},
                                         static_cast<std::byte>(element.comment.size() + 1)};
      const auto text =
          std::as_bytes(std::span(element.comment.c_str(), element.comment.size() + 1));
      userData.insert(userData.end(), text.begin(), text.end());
      batch.put(NFTA_SET_ELEM_USERDATA, userData);
    }
  });
}

std::vector<std::byte> dataIn(std::span<const std::byte> attributes, std::uint16_t type) {
  const auto value = netlinkAttribute(netlinkAttribute(attributes, type), NFTA_DATA_VALUE);
  return {value.begin(), value.end()};
}

std::string commentIn(std::span<const std::byte> userData) {
  while (userData.size() >= 2) {
    const auto type = std::to_integer<std::uint8_t>(userData[0]);
    const auto size =
        std::min<std::size_t>(std::to_integer<std::uint8_t>(userData[1]), userData.size() - 2);
    if (type == userDataComment) {
      return std::string(netlinkText(userData.subspan(2, size)));
    }
    userData = userData.subspan(2 + size);
  }
  return {};
}

void readElements(const NetlinkReply& reply, std::vector<Element>& out) {
  const auto elements = netlinkAttribute(reply.attributes<nfgenmsg>(), NFTA_SET_ELEM_LIST_ELEMENTS);
  eachNetlinkAttribute(elements, [&](std::uint16_t, std::span<const std::byte> element) {
    out.push_back({dataIn(element, NFTA_SET_ELEM_KEY), dataIn(element, NFTA_SET_ELEM_DATA),
                   commentIn(netlinkAttribute(element, NFTA_SET_ELEM_USERDATA))});
  });
}

void beginSetMessage(NetlinkBatch& batch, int type, std::uint16_t flags, const Table& table,
                     const std::string& set) {
  const char* verb = type == NFT_MSG_NEWSETELEM   ? "adding to"
                     : type == NFT_MSG_DELSETELEM ? "removing from"
                                                  : "reading";
  batch.begin(typeOf(type), flags, familyHeader(NFPROTO_INET),
              cat(verb, " nftables set ", set, " of table inet ", table.name));
  batch.putText(NFTA_SET_ELEM_LIST_TABLE, table.name);
  batch.putText(NFTA_SET_ELEM_LIST_SET, set);
}

std::vector<Element> get(NetlinkSocket& socket, const NetlinkBatch& batch) {
  std::vector<Element> found;
  const auto failures =
      socket.exchange(batch, [&](const NetlinkReply& reply) { readElements(reply, found); });
  for (const auto& failure : failures) {
    if (failure.code != ENOENT) {
      NetlinkSocket::fail(failure);
    }
  }
  return found;
}

}  // namespace

Concatenation& Concatenation::add(std::span<const std::byte> part) {
  bytes_.insert(bytes_.end(), part.begin(), part.end());
  bytes_.resize((bytes_.size() + 3) / 4 * 4);
  return *this;
}

Concatenation& Concatenation::addByte(std::uint8_t value) {
  return add(std::as_bytes(std::span(&value, 1)));
}

Concatenation& Concatenation::addPort(std::uint16_t port) {
  const std::uint16_t ordered = htons(port);
  return add(std::as_bytes(std::span(&ordered, 1)));
}

Transaction::Transaction(Table table) : table_(std::move(table)) {
  batch_.begin(NFNL_MSG_BATCH_BEGIN, 0, familyHeader(AF_UNSPEC, NFNL_SUBSYS_NFTABLES),
               cat("changing nftables table inet ", table_.name), false);
}

void Transaction::add(const std::string& set, const std::vector<Element>& elements) {
  change(NFT_MSG_NEWSETELEM, NLM_F_CREATE, set, elements);
}

void Transaction::remove(const std::string& set, const std::vector<Element>& elements) {
  change(NFT_MSG_DELSETELEM, 0, set, elements);
}

void Transaction::change(std::uint16_t type, std::uint16_t flags, const std::string& set,
                         const std::vector<Element>& elements) {
  auto next = elements.begin();
  while (next != elements.end()) {
    beginSetMessage(batch_, type, flags, table_, set);
    batch_.nest(NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED, [&] {
      while (next != elements.end() && batch_.messageSize() < messageLimit) {
        putElement(batch_, *next++);
      }
    });
  }
  changes_ += elements.size();
}

int Transaction::commit(NetlinkSocket& socket, std::initializer_list<int> expected) {
  if (empty()) {
    return 0;
  }
  batch_.begin(NFNL_MSG_BATCH_END, 0, familyHeader(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), {}, false);
  const auto failures = socket.exchange(batch_);
  for (const auto& failure : failures) {
    if (std::find(expected.begin(), expected.end(), failure.code) == expected.end()) {
      NetlinkSocket::fail(failure);
    }
  }
  return failures.empty() ? 0 : failures.front().code;
}

std::optional<Element> find(NetlinkSocket& socket, const Table& table, const std::string& set,
                            const std::vector<std::byte>& key) {
  NetlinkBatch batch;
  beginSetMessage(batch, NFT_MSG_GETSETELEM, 0, table, set);
  batch.nest(NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED, [&] { putElement(batch, {key, {}, {}}); });
  auto found = get(socket, batch);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Element> list(NetlinkSocket& socket, const Table& table, const std::string& set) {
  NetlinkBatch batch;
  beginSetMessage(batch, NFT_MSG_GETSETELEM, NLM_F_DUMP, table, set);
  return get(socket, batch);
}

}  // namespace nftables
