#include "cli/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/test_dir.h"

namespace cli {
namespace {

using Texts = std::vector<std::string>;

TEST(Environment, TakesValuesNamesAndPrefixes) {
  setenv("CLI_TEST_ONE", "1", 1);
  setenv("CLI_TEST_TWO", "2", 1);
  unsetenv("CLI_TEST_NONE");
  EXPECT_EQ(collectEnvironment({.texts = {"A=b=c", "EMPTY=", "CLI_TEST_ONE", "CLI_TEST_NONE"}}),
            (Texts{"A=b=c", "EMPTY=", "CLI_TEST_ONE=1"}));
  auto prefixed = collectEnvironment({.texts = {"CLI_TEST_*"}});
  std::sort(prefixed.begin(), prefixed.end());
  EXPECT_EQ(prefixed, (Texts{"CLI_TEST_ONE=1", "CLI_TEST_TWO=2"}));
  EXPECT_THROW(collectEnvironment({.texts = {"=x"}}), Error);
}

TEST(Environment, LaterSourcesWin) {
  const TestDir directory;
  const Path file = directory.path() / "env";
  replaceFile(file, "# a comment\n\n  A=file\nB=file\r\nCLI_TEST_ONE\n");
  setenv("CLI_TEST_ONE", "host", 1);
  EXPECT_EQ(collectEnvironment({.files = {file}, .texts = {"B=text"}}),
            (Texts{"A=file", "B=text", "CLI_TEST_ONE=host"}));
  EXPECT_THROW(collectEnvironment({.files = {directory.path() / "missing"}}), Error);
}

TEST(Environment, ProxiesPassOnlyWhenAsked) {
  setenv("http_proxy", "http://proxy", 1);
  EXPECT_EQ(collectEnvironment({.httpProxy = true}), (Texts{"http_proxy=http://proxy"}));
  EXPECT_EQ(collectEnvironment({}), Texts{});
  unsetenv("http_proxy");
}

TEST(Labels, AreKeysWithOrWithoutValues) {
  EXPECT_EQ(collectLabels({}, {"a=b=c", "d", "a=x"}), (StringMap{{"a", "x"}, {"d", ""}}));
  EXPECT_THROW(collectLabels({}, {"=x"}), Error);
}

TEST(KeyValues, NeedBoth) {
  EXPECT_EQ(keyValues("--sysctl", {"a.b=1"}), (StringMap{{"a.b", "1"}}));
  EXPECT_THROW(keyValues("--sysctl", {"a.b"}), Error);
}

}  // namespace
}  // namespace cli
