#include "base/json_text.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace {

std::string refusalOf(std::string_view text) {
  try {
    const JsonText json(text, "state.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "";
}

/// The document that the values describe.
Json copyOf(const JsonText::Value& value) {
  if (value.is_object()) {
    Json out = Json::object();
    value.forEachMember(
        [&](const std::string& key, const JsonText::Value& member) { out[key] = copyOf(member); });
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    value.forEachElement([&](const JsonText::Value& element) { out.push_back(copyOf(element)); });
    return out;
  }
  if (value.type_name() == std::string_view("string")) {
    std::string text;
    value.get_to(text);
    return text;
  }
  return parseJson(value.text(), "a value");
}

TEST(JsonText, TellsWhatADocumentTells) {
  for (const char* text :
       {R"({"a": {"b": [1, -2.5e+3, true, null, "x"], "": {}}, "c": [[], [{}]]})", "[]", "0",
        "-0.0", " {\"a\" :1 ,\n\t\"b\":\"\"}\r\n",
        R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")", "\"\xc3\xa9\"",
        R"({"a": 1, "b": 2, "a": 3, "\u0062": 4})"}) {
    EXPECT_EQ(copyOf(JsonText(text, "x").root()), Json::parse(text)) << text;
  }
}

TEST(JsonText, RefusesWhatADocumentRefuses) {
  const std::string good = R"({"a": ["b\n", -1.5e3, {"c": [true, false, null]}], "d": "\u20ac"})";
  std::vector<std::string> texts = {
      "",      " ",  "nul",    "01",      "1.",          "1e",          "-",
      "+1",    ".5", "[1 2]",  "[1,]",    "{,}",         "{\"a\"}",     "{\"a\":1,}",
      "{a:1}", "[}", "\"\t\"", R"("\x")", R"("\u12g4")", R"("\ud83d")", R"("\ud83d\u0041")",
      "{} x",  "\"a"};
  for (std::size_t at = 0; at < good.size(); ++at) {
    texts.push_back(good.substr(0, at));
    texts.push_back(good.substr(0, at) + good.substr(at + 1));
    for (const char letter : {'"', '\\', '{', ']', ',', ':', '0', 'e', ' ', '-'}) {
      texts.push_back(good.substr(0, at) + letter + good.substr(at + 1));
    }
  }
  for (const std::string& text : texts) {
    EXPECT_EQ(refusalOf(text).empty(), Json::accept(text)) << text;
  }
}

TEST(JsonText, ErrorsNameTheDocumentAndThePlace) {
  EXPECT_EQ(refusalOf(R"({"a": nothing})"),
            "parsing state.json: parse error at byte 8: Invalid value.");
  EXPECT_EQ(refusalOf(std::string("{}\n\0", 4)), "parsing state.json: byte 4 is zero");
  EXPECT_NE(refusalOf(std::string(200'000, '[')), "");
}

TEST(JsonText, ValuesKeepTheirTypes) {
  const JsonText json(R"({"n": -7, "big": 70000, "half": 1.5, "yes": true, "text": "x"})", "x");
  const auto at = [&](const char* key) { return json.root().find(key).value(); };
  EXPECT_EQ(at("n").wholeNumber<int>(), -7);
  EXPECT_EQ(at("n").wholeNumber<unsigned>(), std::nullopt);
  EXPECT_EQ(at("big").wholeNumber<std::uint16_t>(), std::nullopt);
  EXPECT_EQ(at("half").wholeNumber<int>(), std::nullopt);
  EXPECT_EQ(at("text").wholeNumber<int>(), std::nullopt);
  double half = 0;
  at("half").get_to(half);
  EXPECT_EQ(half, 1.5);
  bool yes = false;
  at("yes").get_to(yes);
  EXPECT_TRUE(yes);
  std::string text;
  try {
    at("n").get_to(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "type must be string, but is number");
  }
  EXPECT_FALSE(json.root().find("none"));
  EXPECT_FALSE(at("text").find("none"));
}

}  // namespace
