#include "network/lease.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "store/registry.h"

namespace network {

namespace {

class LeaseTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lease-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    registry_ = std::make_unique<store::Registry>(directory_ / "state.db");
  }
  void TearDown() override {
    registry_.reset();
    std::filesystem::remove_all(directory_);
  }

  static Bridge small() {
    return {"small", "small0", "192.0.2.0/29", "192.0.2.1", "2001:db8::/64", "2001:db8::1"};
  }
  static ErrorKind kindOf(const std::function<void()>& step) {
    try {
      step();
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::internal;
  }

  Path directory_;
  std::unique_ptr<store::Registry> registry_;
};

TEST_F(LeaseTest, FirstAddressesAfterTheGateway) {
  const Lease first = lease(*registry_, small(), "one");
  EXPECT_EQ(first.address4, "192.0.2.2/29");
  EXPECT_EQ(first.address6, "2001:db8::2/64");
  EXPECT_EQ(first.mac, "06:70:c0:00:02:02");
  EXPECT_EQ(lease(*registry_, small(), "two").address4, "192.0.2.3/29");
}

TEST_F(LeaseTest, AnOwnerKeepsItsLease) {
  const Lease first = lease(*registry_, small(), "one");
  lease(*registry_, small(), "two");
  const Lease again = lease(*registry_, small(), "one");
  EXPECT_EQ(again.address4, first.address4);
  EXPECT_EQ(again.address6, first.address6);
  EXPECT_EQ(again.mac, first.mac);
}

TEST_F(LeaseTest, ReleasedAddressIsNotTheNextOneGivenOut) {
  lease(*registry_, small(), "one");
  release(*registry_, "one");
  EXPECT_FALSE(findLease(*registry_, defaultBridge(), "one"));
  EXPECT_EQ(lease(*registry_, small(), "two").address4, "192.0.2.3/29");
}

TEST_F(LeaseTest, GoesRoundAndSaysWhenTheSubnetIsFull) {
  std::set<std::string> given;
  for (int i = 0; i < 5; ++i) {  // .2 to .6: not the network, the gateway, the broadcast address
    given.insert(lease(*registry_, small(), cat("owner", i)).address4);
  }
  EXPECT_EQ(given, (std::set<std::string>{"192.0.2.2/29", "192.0.2.3/29", "192.0.2.4/29",
                                          "192.0.2.5/29", "192.0.2.6/29"}));
  EXPECT_EQ(kindOf([&] { lease(*registry_, small(), "late"); }), ErrorKind::in_use);
  // Nothing of the failed attempt is left.
  EXPECT_TRUE(registry_->leasesOf("late").empty());
  release(*registry_, "owner1");
  EXPECT_EQ(lease(*registry_, small(), "late").address4, "192.0.2.3/29");
}

TEST_F(LeaseTest, WantedAddresses) {
  const Lease wanted =
      lease(*registry_, small(), "one", {"192.0.2.5", "2001:db8::abcd", "02:11:22:33:44:AA"});
  EXPECT_EQ(wanted.address4, "192.0.2.5/29");
  EXPECT_EQ(wanted.address6, "2001:db8::abcd/64");
  EXPECT_EQ(wanted.mac, "02:11:22:33:44:aa");
  const auto found = findLease(*registry_, defaultBridge(), "one");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mac, "02:11:22:33:44:aa");
  EXPECT_EQ(found->address6, "2001:db8::abcd/64");
}

TEST_F(LeaseTest, WantedAddressesThatCannotBeHad) {
  lease(*registry_, small(), "one", {"192.0.2.5", "2001:db8::5", "02:00:00:00:00:01"});
  const auto attempt = [&](const std::string& v4, const std::string& v6, const std::string& mac) {
    return kindOf([&] { lease(*registry_, small(), "two", {v4, v6, mac}); });
  };
  EXPECT_EQ(attempt("192.0.2.5", "", ""), ErrorKind::in_use);
  EXPECT_EQ(attempt("192.0.2.1", "", ""), ErrorKind::in_use);     // the gateway's
  EXPECT_EQ(attempt("192.0.2.0", "", ""), ErrorKind::invalid);    // the network's
  EXPECT_EQ(attempt("192.0.2.7", "", ""), ErrorKind::invalid);    // broadcast
  EXPECT_EQ(attempt("192.0.3.2", "", ""), ErrorKind::invalid);    // elsewhere
  EXPECT_EQ(attempt("2001:db8::9", "", ""), ErrorKind::invalid);  // the other family
  EXPECT_EQ(attempt("1.2.3", "", ""), ErrorKind::invalid);
  EXPECT_EQ(attempt("", "2001:db8::5", ""), ErrorKind::in_use);
  EXPECT_EQ(attempt("", "", "02:00:00:00:00:01"), ErrorKind::in_use);
  EXPECT_EQ(attempt("", "", "01:00:5e:00:00:01"), ErrorKind::invalid);
  EXPECT_EQ(attempt("", "", "nonsense"), ErrorKind::invalid);
  EXPECT_FALSE(findLease(*registry_, defaultBridge(), "two"));
}

TEST_F(LeaseTest, NetworkWithoutIpv6) {
  Bridge bridge = small();
  bridge.subnet6 = bridge.gateway6 = "";
  const Lease made = lease(*registry_, bridge, "one");
  EXPECT_EQ(made.address6, "");
  EXPECT_EQ(kindOf([&] {
              lease(*registry_, bridge, "two", {"", "2001:db8::7", ""});
            }),
            ErrorKind::invalid);
}

TEST_F(LeaseTest, ProcessesAtOnceGetDifferentAddresses) {
  constexpr int processes = 6;
  constexpr int each = 20;
  registry_.reset();
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 0;
      try {
        store::Registry own(directory_ / "state.db");
        for (int i = 0; i < each; ++i) {
          lease(own, defaultBridge(), cat("owner-", p, '-', i));
        }
      } catch (const std::exception&) {
        code = 1;
      }
      _exit(code);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = -1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  store::Registry all(directory_ / "state.db");
  std::set<std::string> given;
  for (const auto& row : all.leases("peapod")) {
    given.insert(row.address);
  }
  EXPECT_EQ(given.size(), static_cast<std::size_t>(processes * each));
}

}  // namespace

}  // namespace network
