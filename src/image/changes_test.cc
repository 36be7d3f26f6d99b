#include "image/changes.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace image {
namespace {

using List = std::vector<std::string>;

auto changed(const List& lines) {
  oci::ImageConfig config;
  for (const std::string& line : lines) {
    applyChange(config, line);
  }
  return config.config;
}

TEST(Changes, CommandsInBothForms) {
  EXPECT_EQ(changed({R"(CMD ["a", "b c"])"}).cmd, (List{"a", "b c"}));
  EXPECT_EQ(changed({"cmd=echo $HOME"}).cmd, (List{"/bin/sh", "-c", "echo $HOME"}));
  EXPECT_EQ(changed({R"(ENTRYPOINT ["/init"])"}).entrypoint, List{"/init"});
}

TEST(Changes, VariablesAndLabels) {
  EXPECT_EQ(changed({"ENV A=1 B='two words'", "ENV A=3", "ENV C c d"}).env,
            (List{"B=two words", "A=3", "C=c d"}));
  const auto labels = changed({R"(LABEL a.b="x y" c=d)"}).labels;
  EXPECT_EQ(labels.at("a.b"), "x y");
  EXPECT_EQ(labels.at("c"), "d");
}

TEST(Changes, TheRest) {
  const auto config = changed({"EXPOSE 80 53/udp", "STOPSIGNAL SIGQUIT", "USER www:www",
                               "VOLUME /a /b", R"(VOLUME ["/c d"])", "WORKDIR=/srv"});
  EXPECT_EQ(config.exposedPorts, (List{"80/tcp", "53/udp"}));
  EXPECT_EQ(config.stopSignal, "SIGQUIT");
  EXPECT_EQ(config.user, "www:www");
  EXPECT_EQ(config.volumes, (List{"/a", "/b", "/c d"}));
  EXPECT_EQ(config.workingDir, "/srv");
}

TEST(Changes, RefusesWhatItCannotDo) {
  for (const char* line : {"", "RUN ls", "CMD", "CMD=", "ENV A", "ENV =x", "EXPOSE http",
                           "EXPOSE 70000", "LABEL a='x", "USERS x"}) {
    EXPECT_THROW(changed({line}), Error) << line;
  }
}

}  // namespace
}  // namespace image
