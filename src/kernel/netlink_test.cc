#include "kernel/netlink.h"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <unistd.h>

#include "base/error.h"
#include "kernel/links.h"
#include "kernel/nftables.h"
#include "kernel/process.h"

namespace {

/// Everything happens in a network namespace that lives as long as the step.
class NetlinkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root: makes a network namespace";
    }
  }
  template <typename Step>
  static void apart(Step&& step) {
    runApart(std::forward<Step>(step), CLONE_NEWNET);
  }
};

TEST_F(NetlinkTest, EveryMessageOfABatchIsCarriedOut) {
  apart([] {
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkBatch batch;
    links::addBridge(batch, "one");
    links::addBridge(batch, "two");
    links::setUp(batch, 1);
    socket.send(batch);
    EXPECT_NE(links::indexOf(socket, "one"), 0);
    EXPECT_NE(links::indexOf(socket, "two"), 0);
    EXPECT_TRUE(links::find(socket, "lo")->up);
    EXPECT_FALSE(links::find(socket, "three"));
  });
}

TEST_F(NetlinkTest, FailureNamesTheMessageAndTheKernelsReason) {
  apart([] {
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkBatch batch;
    links::setUp(batch, 1);
    links::addDefaultRoute(batch, 1, IpAddress::require("192.0.2.1", ""));
    links::addBridge(batch, "after");
    try {
      socket.send(batch);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("adding the default route by 192.0.2.1: "), std::string::npos) << text;
      EXPECT_NE(text.find("(Nexthop has invalid gateway"), std::string::npos) << text;
      EXPECT_EQ(error.code(), ENETUNREACH);
    }
    // The socket is usable afterwards, and the message behind the refused one took effect.
    EXPECT_NE(links::indexOf(socket, "after"), 0);
    EXPECT_EQ(links::addresses(socket, 1).size(), 2U);  // 127.0.0.1 and ::1
  });
}

TEST_F(NetlinkTest, TolerateOnlyWhatWasNamed) {
  apart([] {
    NetlinkSocket socket(NETLINK_ROUTE);
    NetlinkBatch batch;
    links::addBridge(batch, "one");
    socket.send(batch);
    socket.send(batch, {EEXIST});
    EXPECT_THROW(socket.send(batch, {ENODEV}), Error);
  });
}

TEST_F(NetlinkTest, NfTablesTransactionIsAllOrNothing) {
  apart([] {
    ASSERT_EQ(system("nft 'table inet t { set s { type inet_service; }; "
                     "map m { type inet_service : ipv4_addr; }; }'"),
              0);
    const nftables::Table table{"t"};
    NetlinkSocket socket(NETLINK_NETFILTER);
    const auto port = [](std::uint16_t number, std::string comment = {}) {
      return nftables::Element{
          nftables::Concatenation().addPort(number).bytes(), {}, std::move(comment)};
    };
    nftables::Element a = port(80, "first");
    a.key.resize(2);
    nftables::Element b = port(81);
    b.key.resize(2);
    nftables::Transaction add(table);
    add.add("s", {a});
    EXPECT_EQ(add.commit(socket), 0);
    const auto found = nftables::find(socket, table, "s", a.key);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->comment, "first");
    EXPECT_FALSE(nftables::find(socket, table, "s", b.key));
    EXPECT_FALSE(nftables::find(socket, table, "nosuchset", b.key));
    EXPECT_FALSE(nftables::find(socket, {"nosuchtable"}, "s", b.key));

    nftables::Transaction mixed(table);
    mixed.add("s", {b});
    mixed.remove("s", {a, b, b});  // the second b is gone by then
    EXPECT_EQ(mixed.commit(socket, {ENOENT}), ENOENT);
    EXPECT_EQ(nftables::list(socket, table, "s").size(), 1U);
    EXPECT_EQ(system("nft list set inet t s | grep -q '80 comment \"first\"'"), 0);

    nftables::Transaction unexpected(table);
    unexpected.remove("s", {b});
    EXPECT_THROW(unexpected.commit(socket), Error);
    EXPECT_EQ(nftables::Transaction(table).commit(socket), 0);  // nothing to do
  });
}

TEST_F(NetlinkTest, NfTablesBatchLargerThanASocketBuffer) {
  apart([] {
    ASSERT_EQ(system("nft 'table inet t { set s { type ipv4_addr; }; }'"), 0);
    std::vector<nftables::Element> all;
    for (int i = 1; i <= 10'000; ++i) {
      all.push_back(
          {nftables::Concatenation().add(std::as_bytes(std::span(&i, 1))).bytes(), {}, {}});
    }
    NetlinkSocket socket(NETLINK_NETFILTER);
    nftables::Transaction add({"t"});
    add.add("s", all);
    EXPECT_EQ(add.commit(socket), 0);
    EXPECT_EQ(nftables::list(socket, {"t"}, "s").size(), all.size());
    nftables::Transaction remove({"t"});
    remove.remove("s", all);
    EXPECT_EQ(remove.commit(socket), 0);
    EXPECT_TRUE(nftables::list(socket, {"t"}, "s").empty());
  });
}

TEST(IpAddressTest, ParseAndPrint) {
  EXPECT_EQ(IpAddress::parse("10.90.0.5/16")->textWithPrefix(), "10.90.0.5/16");
  EXPECT_EQ(IpAddress::parse("10.90.0.5")->prefix, 32U);
  EXPECT_EQ(IpAddress::parse("FD00::0005/64")->text(), "fd00::5");
  for (const char* bad :
       {"", "10.90.0", "10.90.0.5/33", "10.90.0.5/", "fd00::/129", "host", "1.2.3.4 "}) {
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  }
  EXPECT_THROW(IpAddress::require("x", "the address"), Error);
}

TEST(IpAddressTest, NetworksAndNumbers) {
  const IpAddress net = *IpAddress::parse("10.90.0.0/16");
  EXPECT_TRUE(net.contains(*IpAddress::parse("10.90.255.255")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("10.91.0.0")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("fd00::1")));
  EXPECT_EQ(net.withHostNumber(258).text(), "10.90.1.2");
  EXPECT_EQ(IpAddress::parse("10.90.1.2/16")->hostNumber(), 258U);
  const IpAddress net6 = *IpAddress::parse("fd00:1::/64");
  EXPECT_EQ(net6.withHostNumber(65537).text(), "fd00:1::1:1");
  EXPECT_EQ(IpAddress::parse("fd00:1::1:1/64")->hostNumber(), 65537U);
  EXPECT_EQ(IpAddress::parse("192.0.2.77/29")->network().text(), "192.0.2.72");
}

TEST(MacTest, SixBytesAndNoMulticast) {
  EXPECT_EQ(links::parseMac("06:70:0a:5A:00:05"),
            (std::array<std::uint8_t, 6>{0x06, 0x70, 0x0a, 0x5a, 0x00, 0x05}));
  for (const char* bad : {"", "06:70:0a:5a:00", "6:70:0a:5a:00:05", "06-70-0a-5a-00-05",
                          "06:70:0a:5a:00:0g", "01:00:5e:00:00:01"}) {
    EXPECT_THROW(links::parseMac(bad), Error) << bad;
  }
}

}  // namespace
