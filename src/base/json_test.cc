#include "base/json.h"

#include <gtest/gtest.h>

namespace {

std::string errorOf(const char* text) {
  try {
    const Json json = parseJson(text, "manifest.json");
    unsigned number = 0;
    std::optional<std::string> name;
    readMember(json, "number", number);
    readMember(json, "name", name);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "no error";
}

TEST(JsonText, ErrorsNameTheDocumentAndTheMember) {
  EXPECT_EQ(errorOf("{").find("parsing manifest.json: parse error at line 1"), 0U) << errorOf("{");
  EXPECT_EQ(errorOf(R"({"number": "x"})"), "\"number\": type must be number, but is string");
  EXPECT_EQ(errorOf(R"({"name": 1})"), "\"name\": type must be string, but is number");
  EXPECT_EQ(errorOf(R"({"number": null, "name": null})"), "no error");
  EXPECT_EQ(errorOf("{} trailing").find("parsing manifest.json"), 0U);
}

TEST(JsonText, DeepNestingIsNoCrash) {
  const std::string deep(200'000, '[');
  EXPECT_NE(errorOf(deep.c_str()), "no error");
}

TEST(JsonText, AbsentMembersLeaveTheValue) {
  int number = 7;
  std::optional<int> maybe;
  const Json json = parseJson(R"({"b": 1, "a": null, "c": 3})", "x");
  readMember(json, "none", number);
  readMember(json, "a", number);
  EXPECT_EQ(number, 7);
  readMember(json, "none", maybe);
  EXPECT_FALSE(maybe);
  readMember(json, "c", maybe);
  EXPECT_EQ(maybe, 3);
  EXPECT_EQ(json.dump(), R"({"b":1,"a":null,"c":3})") << "in the order of writing";
}

TEST(JsonText, BytesThatAreNoTextArePrinted) {
  const Json json{{"a", "x\xff"}};
  EXPECT_EQ(printJson(json), "{\"a\":\"x\xef\xbf\xbd\"}");
  EXPECT_EQ(printJson(Json{{"a", 1}}, 2), "{\n  \"a\": 1\n}");
}

TEST(JsonText, RequireObject) {
  EXPECT_NO_THROW(requireObject(Json::object(), "x"));
  try {
    requireObject(Json::array(), "the manifest");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the manifest: an object is expected, not array");
  }
}

}  // namespace
