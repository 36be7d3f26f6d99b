#include "engine/name_files.h"

#include <gtest/gtest.h>

namespace engine {
namespace {

bool hasLine(const std::string& text, const std::string& address, const std::string& name) {
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with(address) && line.find(name) != std::string::npos) {
      return true;
    }
  }
  return false;
}

TEST(NameFiles, TheNetworksOwnerIsUnderItsAddresses) {
  const network::Lease lease{"10.90.0.5/16", "fd00::5/64", "10.90.0.1", "fd00::1", ""};
  const std::string text = hostsText({}, lease, {"web"}, {"one", "two"});
  EXPECT_TRUE(hasLine(text, "10.90.0.5", "web"));
  EXPECT_TRUE(hasLine(text, "fd00::5", "web"));
  EXPECT_TRUE(hasLine(text, "127.0.0.1", "two"));
  EXPECT_TRUE(hasLine(text, "10.90.0.1", "host.containers.internal"));
  EXPECT_EQ(text.find("/16"), std::string::npos);
}

TEST(NameFiles, WithoutANetworkAllIsLocal) {
  const std::string text = hostsText({}, std::nullopt, {"web"}, {});
  EXPECT_TRUE(hasLine(text, "127.0.0.1", "web"));
  EXPECT_EQ(text.find("host.containers.internal"), std::string::npos);
}

TEST(NameFiles, AddedHostsMayNameTheGateway) {
  NetworkRequest request;
  request.addHosts = {"db:192.0.2.7", "up:host-gateway"};
  const std::string text =
      hostsText(request, network::Lease{"10.90.0.5/16", "", "10.90.0.1", "", ""}, {"web"}, {});
  EXPECT_TRUE(hasLine(text, "192.0.2.7", "db"));
  EXPECT_TRUE(hasLine(text, "10.90.0.1", "up"));
}

TEST(NameFiles, APodIsCalledByItsNameUnlessItHasAHostname) {
  PodRecord pod;
  pod.row.name = "web";
  EXPECT_EQ(hostnameOf(pod), "web");
  pod.spec.hostname = "box";
  EXPECT_EQ(hostnameOf(pod), "box");
}

}  // namespace
}  // namespace engine
