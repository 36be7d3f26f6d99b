#include "network/hosts.h"

#include <gtest/gtest.h>

namespace network {

namespace {

TEST(HostsTest, LocalhostInBothFamiliesThenTheEntriesInOrder) {
  EXPECT_EQ(
      hostsFile({{"10.90.0.5", {"web", "web.local"}}, {"fd70::5", {"web"}}, {"192.0.2.3", {"db"}}}),
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "10.90.0.5\tweb web.local\n"
      "fd70::5\tweb\n"
      "192.0.2.3\tdb\n");
}

TEST(HostsTest, EntryWithoutNamesIsLeftOut) {
  EXPECT_EQ(hostsFile({{"10.90.0.5", {}}}), hostsFile({}));
}

TEST(ResolvConfTest, TakesTheHostsWithoutLoopback) {
  EXPECT_EQ(resolvConf("# made by hand\n"
                       "nameserver 127.0.0.53 # stub\n"
                       "nameserver\t192.0.2.53\n"
                       "nameserver ::1\n"
                       "nameserver 2001:db8::53\n"
                       "domain old.example\n"
                       "search a.example b.example\n"
                       "options edns0 trust-ad\n",
                       {}, {}, {}),
            "search a.example b.example\n"
            "nameserver 192.0.2.53\n"
            "nameserver 2001:db8::53\n"
            "options edns0 trust-ad\n");
}

TEST(ResolvConfTest, WhatTheUserAskedForStandsInPlace) {
  EXPECT_EQ(resolvConf("nameserver 192.0.2.53\nsearch a.example\noptions edns0\n", {"10.0.0.1"},
                       {"c.example"}, {"ndots:5"}),
            "search c.example\nnameserver 10.0.0.1\noptions ndots:5\n");
  // A name server of the user's on loopback is meant: the pod may run one.
  EXPECT_EQ(resolvConf("nameserver 192.0.2.53\n", {"127.0.0.1"}, {}, {}), "nameserver 127.0.0.1\n");
}

TEST(ResolvConfTest, DotMeansNoSearchList) {
  EXPECT_EQ(resolvConf("search a.example\nnameserver 192.0.2.53\n", {}, {"."}, {}),
            "nameserver 192.0.2.53\n");
}

}  // namespace

}  // namespace network
