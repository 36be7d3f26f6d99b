#include "image/reference.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace image {
namespace {

using Names = std::vector<std::string>;

const std::string digest = "sha256:" + std::string(64, 'a');

Names namesOf(std::string_view typed) {
  Names names;
  for (const Reference& reference : candidates(typed)) {
    names.push_back(reference.name());
  }
  return names;
}

TEST(Reference, ShortNamesAreLocalFirst) {
  EXPECT_EQ(namesOf("nginx"), (Names{"localhost/nginx:latest", "docker.io/library/nginx:latest"}));
  EXPECT_EQ(namesOf("nginx:1.25"), (Names{"localhost/nginx:1.25", "docker.io/library/nginx:1.25"}));
  EXPECT_EQ(namesOf("team/app"), (Names{"localhost/team/app:latest", "docker.io/team/app:latest"}));
}

TEST(Reference, FullNamesAreTakenAsTheyAre) {
  EXPECT_EQ(namesOf("docker.io/library/nginx"), Names{"docker.io/library/nginx:latest"});
  EXPECT_EQ(namesOf("docker.io/nginx"), Names{"docker.io/library/nginx:latest"});
  EXPECT_EQ(namesOf("index.docker.io/nginx"), Names{"docker.io/library/nginx:latest"});
  EXPECT_EQ(namesOf("localhost/x:1"), Names{"localhost/x:1"});
  EXPECT_EQ(namesOf("localhost:5000/x"), Names{"localhost:5000/x:latest"});
  EXPECT_EQ(namesOf("registry.example.com:443/a/b/c:V1_2-3.x"),
            Names{"registry.example.com:443/a/b/c:V1_2-3.x"});
  EXPECT_EQ(namesOf("[::1]:5000/x"), Names{"[::1]:5000/x:latest"});
}

TEST(Reference, DigestsStandForThemselves) {
  EXPECT_EQ(namesOf("quay.io/a@" + digest), Names{"quay.io/a@" + digest});
  EXPECT_EQ(namesOf("quay.io/a:1@" + digest), Names{"quay.io/a:1@" + digest});
}

TEST(Reference, RefusesWhatIsNoName) {
  for (const std::string& typed :
       {std::string(""), std::string("Nginx"), std::string("docker.io/Library/x"),
        std::string("a//b"), std::string("/a"), std::string("a/"), std::string("a:"),
        std::string("a:b:c"), std::string("-a"), std::string("a..b"), std::string("a___b"),
        std::string("host:port/x"), std::string("a b"), std::string("x@sha256:12"),
        std::string("x@md5:") + std::string(32, 'a'), "x:" + std::string(129, 't'),
        std::string(300, 'a'), std::string("../x"), std::string(".com/x")}) {
    EXPECT_THROW(candidates(typed), Error) << typed;
  }
}

TEST(Reference, SaysWhyUpperCaseIsRefused) {
  try {
    candidates("Nginx");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "\"Nginx\" is no image name: it must be in lower case");
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace image
