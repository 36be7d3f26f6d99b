#include "kube/yaml.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kube {
namespace {

Json one(const std::string& text) {
  const std::vector<Json> documents = parseYaml(text);
  EXPECT_EQ(documents.size(), 1U) << text;
  return documents.empty() ? Json() : documents.front();
}

std::string problemOf(const std::string& text) {
  try {
    parseYaml(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "";
}

TEST(Yaml, ScalarsAreKubectls) {
  EXPECT_EQ(one("{a: yes, b: off, c: ~, d: , e: 'yes', f: \"1\"}"),
            Json::parse(R"({"a": true, "b": false, "c": null, "d": null, "e": "yes", "f": "1"})"));
  EXPECT_EQ(one("[1, -2, 0644, 0o644, 0x1f, 0b101, +3]"),
            Json::parse("[1, -2, 420, 420, 31, 5, 3]"));
  EXPECT_EQ(one("[0.5, .5, 1e3, -1.5]"), Json::parse("[0.5, 0.5, 1000.0, -1.5]"));
  EXPECT_EQ(one("[100m, 128Mi, 1.2.3, e3, -, 1e, 1-2, 2001-12-14, !!str 5, 1e999, 0x, 09]"),
            Json::parse(R"(["100m", "128Mi", "1.2.3", "e3", "-", "1e", "1-2", "2001-12-14", "5",
                            "1e999", "0x", "09"])"));
  EXPECT_EQ(one("-9223372036854775808"), Json(INT64_MIN));
}

TEST(Yaml, AStreamHasSeveralDocuments) {
  const auto documents = parseYaml("---\na: 1\n---\n# nothing\n---\na: 2\n...\n");
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[1]["a"], 2);
  EXPECT_TRUE(parseYaml("").empty());
  EXPECT_TRUE(parseYaml("# nothing\n").empty());
}

TEST(Yaml, JsonIsYaml) {
  EXPECT_EQ(one(R"({"kind": "Pod", "n": [1, {"x": "y"}], "yes": 1})"),
            Json::parse(R"({"kind": "Pod", "n": [1, {"x": "y"}], "yes": 1})"));
}

TEST(Yaml, AnchorsAndMerges) {
  EXPECT_EQ(one("a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\nd: {<<: [*x, {r: 4, p: 9}]}"),
            Json::parse(R"({"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}, "c": {"q": 3, "p": 1},
                            "d": {"p": 1, "q": 2, "r": 4}})"));
  EXPECT_EQ(one("'<<': 1"), Json::parse(R"({"<<": 1})"));
}

TEST(Yaml, ErrorsNameTheLine) {
  EXPECT_NE(problemOf("a: 1\nb: [\n").find("line "), std::string::npos);
  EXPECT_EQ(problemOf("a: 1\nb: 2\na: 3\n"), "line 3: \"a\" is given twice");
  EXPECT_EQ(problemOf("a: *x\n"), "line 1: unknown anchor \"x\"");
  EXPECT_EQ(problemOf("? [1]\n: 2\n"), "line 1: a key must be a text");
  EXPECT_EQ(problemOf("a: {<<: 5}\n"), "line 1: \"<<\" takes objects");
  EXPECT_NE(problemOf("\ta: 1"), "");
  EXPECT_NE(problemOf(std::string("a: \xff\xfe b")), "");
}

TEST(Yaml, IsBounded) {
  EXPECT_NE(problemOf(std::string(200, '[') + std::string(200, ']')).find("nested too deeply"),
            std::string::npos);
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += cat("a", i, ": &a", i, " [");
    for (int n = 0; n < 10; ++n) {
      laughs += cat(n == 0 ? "*a" : ", *a", i - 1);
    }
    laughs += "]\n";
  }
  EXPECT_NE(problemOf(laughs).find("too large"), std::string::npos);
  EXPECT_NE(problemOf("a: &x [*x]").find("unknown anchor"), std::string::npos);
}

}  // namespace
}  // namespace kube
