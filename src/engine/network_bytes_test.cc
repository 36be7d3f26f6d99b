#include "engine/network_bytes.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

TEST(NetworkBytes, InterfacesAreAddedUpAndLoopbackIsNot) {
  const NetworkBytes bytes = parseNetworkBytes(
      "Inter-|   Receive                            |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
      "    lo: 9000  2 0 0 0 0 0 0 9000 2 0 0 0 0 0 0\n"
      "  eth0: 1200 10 0 0 0 0 0 0  340 5 0 0 0 0 0 0\n"
      "wg0:5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n");
  EXPECT_EQ(bytes.in, 1205U);
  EXPECT_EQ(bytes.out, 346U);
}

TEST(NetworkBytes, NothingOfAProcessThatIsGone) {
  EXPECT_EQ(networkBytes(1, "/nonexistent").in, 0U);
}

}  // namespace
}  // namespace engine
