#include "cli/ports.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cli {
namespace {

std::string shown(std::string_view text) {
  const PortMapping port = parsePort(text);
  return cat(port.hostIp, "|", port.hostPort, "|", port.containerPort, "|", port.range, "|",
             port.protocol);
}

std::string refusal(std::string_view text) {
  try {
    parsePort(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ParsePort, ReadsEveryForm) {
  EXPECT_EQ(shown("80"), "|0|80|1|tcp");
  EXPECT_EQ(shown("80/udp"), "|0|80|1|udp");
  EXPECT_EQ(shown("8080:80"), "|8080|80|1|tcp");
  EXPECT_EQ(shown("8080:80/UDP"), "|8080|80|1|udp");
  EXPECT_EQ(shown("127.0.0.1:8080:80"), "127.0.0.1|8080|80|1|tcp");
  EXPECT_EQ(shown("127.0.0.1::80"), "127.0.0.1|0|80|1|tcp");
  EXPECT_EQ(shown("[::1]:8080:80/tcp"), "::1|8080|80|1|tcp");
  EXPECT_EQ(shown("[::1]::80"), "::1|0|80|1|tcp");
  EXPECT_EQ(shown("8080-8082:80-82"), "|8080|80|3|tcp");
  EXPECT_EQ(shown("127.0.0.1:8080-8081:80-81"), "127.0.0.1|8080|80|2|tcp");
  EXPECT_EQ(shown("80-82"), "|0|80|3|tcp");
  EXPECT_EQ(shown("1-65535:1-65535"), "|1|1|65535|tcp");
  EXPECT_EQ(shown(":80"), "|0|80|1|tcp");
}

TEST(ParsePort, SaysWhatIsWrong) {
  EXPECT_EQ(
      refusal("99999:80"),
      "port mapping \"99999:80\": invalid host port 99999: port numbers must be between 1 and "
      "65535");
  EXPECT_NE(refusal("80:65536").find("container port 65536"), std::string::npos);
  EXPECT_NE(refusal("0:80").find("host port 0"), std::string::npos);
  EXPECT_NE(refusal("web").find("must be a number"), std::string::npos);
  EXPECT_NE(refusal("").find("must be a number"), std::string::npos);
  EXPECT_NE(refusal("80-81:80").find("different lengths: 2 vs 1"), std::string::npos);
  EXPECT_NE(refusal("81-80:81-80").find("end is before its start"), std::string::npos);
  EXPECT_NE(refusal("1.2.3:80:80").find("invalid host address"), std::string::npos);
  EXPECT_NE(refusal("[::1:80:80").find("lacks"), std::string::npos);
  EXPECT_NE(refusal("::1:80:80").find("invalid"), std::string::npos);
  EXPECT_NE(refusal("80/icmp").find("tcp or udp"), std::string::npos);
  EXPECT_NE(refusal("80/sctp").find("not supported yet"), std::string::npos);
}

TEST(PortsText, JoinsNeighboursToRanges) {
  using Ports = std::vector<network::PublishedPort>;
  EXPECT_EQ(portsText({}), "");
  EXPECT_EQ(portsText(Ports{{"", 8080, 80, "tcp"}}), "0.0.0.0:8080->80/tcp");
  EXPECT_EQ(portsText(Ports{{"::1", 53, 53, "udp"}}), "[::1]:53->53/udp");
  EXPECT_EQ(portsText(Ports{{"", 9001, 91, "tcp"},
                            {"", 9000, 90, "tcp"},
                            {"", 9002, 80, "tcp"},
                            {"127.0.0.1", 9003, 93, "tcp"}}),
            "0.0.0.0:9000-9001->90-91/tcp, 0.0.0.0:9002->80/tcp, 127.0.0.1:9003->93/tcp");
}

}  // namespace
}  // namespace cli
