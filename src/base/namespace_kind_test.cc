#include "base/namespace_kind.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace {

TEST(NamespaceKinds, EachRowIsUnderItsOwnKind) {
  for (const NamespaceTraits& entry : namespaceTable) {
    EXPECT_EQ(traits(entry.kind).name, entry.name);
    EXPECT_EQ(namespaceByName(entry.name), entry.kind);
    EXPECT_EQ(namespaceByOciType(entry.ociType), entry.kind);
    EXPECT_EQ(access(("/proc/self/ns/" + std::string(entry.name)).c_str(), F_OK), 0) << entry.name;
  }
  EXPECT_FALSE(namespaceByName("mnt"));
  EXPECT_FALSE(namespaceByName("network"));
  EXPECT_FALSE(namespaceByOciType("net"));
}

}  // namespace
