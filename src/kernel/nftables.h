#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/netlink.h"

/// Elements of nf_tables sets and maps over netlink. Tables, chains and rules are made once by the
/// nft program; elements come and go with every pod, and there a program would cost more than all
/// the rest.
namespace nftables {

/// A table of the inet family.
struct Table {
  std::string name;
};

struct Element {
  std::vector<std::byte> key;
  std::vector<std::byte> data;  ///< what a map gives for the key; empty in a set
  std::string comment;          ///< as `nft list` shows it
};

/// Builds a key or a value of several parts ("inet_proto . inet_service"): each begins at a
/// multiple of four bytes.
class Concatenation {
 public:
  Concatenation& add(std::span<const std::byte> part);
  Concatenation& addByte(std::uint8_t value);
  Concatenation& addPort(std::uint16_t port);  ///< in network byte order
  std::vector<std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Changes that happen all or not at all, as one transaction of the kernel's.
class Transaction {
 public:
  explicit Transaction(Table table);
  /// An element that is there already must have the same data, else the commit fails with EBUSY.
  void add(const std::string& set, const std::vector<Element>& elements);
  /// An element that is not there makes the commit fail with ENOENT.
  void remove(const std::string& set, const std::vector<Element>& elements);
  bool empty() const { return changes_ == 0; }
  /// 0, or the errno for which the kernel refused; nothing has changed then. Throws for an errno
  /// that is not expected.
  int commit(NetlinkSocket& socket, std::initializer_list<int> expected = {});

 private:
  void change(std::uint16_t type, std::uint16_t flags, const std::string& set,
              const std::vector<Element>& elements);
  Table table_;
  NetlinkBatch batch_;
  std::size_t changes_ = 0;
};

/// The element with this key; nothing where it, the set or the table is not there.
std::optional<Element> find(NetlinkSocket& socket, const Table& table, const std::string& set,
                            const std::vector<std::byte>& key);
/// All elements; none where the set or the table is not there.
std::vector<Element> list(NetlinkSocket& socket, const Table& table, const std::string& set);

}  // namespace nftables
