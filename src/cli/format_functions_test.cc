#include <gtest/gtest.h>

#include "base/json.h"
#include "cli/format.h"

namespace cli {
namespace {

std::string run(std::string_view text) {
  const Json document = Json::parse(
      R"({"List": ["a", "b"], "Map": {}, "Labels": {"k": "v<"}, "Big": 1e30, "Small": 0.00001,
          "Three": 3.0, "Negative": -7, "Text": "h\u00e9llo"})");
  try {
    return Template::parse(text).run(document);
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(FormatFunctions, Comparisons) {
  EXPECT_EQ(run("{{eq 1 1}} {{eq 1 2 3 1}} {{ne \"a\" \"b\"}} {{eq true true}}"),
            "true true true true");
  EXPECT_EQ(run("{{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1.5 2.5}} {{lt -1 0}}"),
            "true true true false true");
  EXPECT_EQ(run("{{eq 1 \"x\"}}"),
            "template: at <eq>: error calling eq: incompatible types for comparison");
  EXPECT_EQ(run("{{eq 1}}"),
            "template: at <eq>: wrong number of args for eq: want at least 2 got 1");
}

TEST(FormatFunctions, AndAndOrGiveAnArgumentAndStopEarly) {
  EXPECT_EQ(run("{{and 1 0 2}} {{and 1 2}} {{or 0 \"x\"}} {{or 0 \"\"}}|{{not 0}}"), "0 2 x |true");
  EXPECT_EQ(run("{{or 1 (index .List 9)}} {{and 0 (index .List 9)}}"), "1 0");
}

TEST(FormatFunctions, LenIndexSlice) {
  EXPECT_EQ(run("{{len .List}} {{len \"abc\"}} {{len .Labels}}"), "2 3 1");
  EXPECT_EQ(run("{{len 3}}"), "template: at <len>: error calling len: len of type int");
  EXPECT_EQ(run("{{index .List 1}} {{index .Labels \"k\"}} {{index \"abc\" 1}}"), "b v< 98");
  EXPECT_EQ(run("{{index .List 100}}"),
            "template: at <index>: error calling index: index out of range: 100");
  EXPECT_EQ(run("{{slice .List 1}} {{slice \"abcdef\" 1 3}} {{slice .List 0 0}}"), "[b] bc []");
  EXPECT_EQ(run("{{slice \"abc\" 2 1}}"),
            "template: at <slice>: error calling slice: invalid slice index: 2 > 1");
  EXPECT_EQ(run("{{slice \"abc\" 0 9}}"),
            "template: at <slice>: error calling slice: index out of range: 9");
}

TEST(FormatFunctions, Print) {
  EXPECT_EQ(run("{{print 1 2 \"a\" \"b\" 3}}"), "1 2ab3");
  EXPECT_EQ(run("{{println \"x\" 1}}"), "x 1\n");
  EXPECT_EQ(
      run("{{1.5}} {{1e30}} {{3.0}} {{\"a\\tb\"}} {{`ra\\w`}} {{true}} {{'A'}} {{0x10}} {{1_000}}"),
      "1.5 1e+30 3 a\tb ra\\w true 65 16 1000");
  EXPECT_EQ(run("{{.Big}} {{.Small}} {{.Three}} {{\"\\u00e9\\x41\"}}"), "1e+30 1e-05 3 \u00e9A");
}

TEST(FormatFunctions, Printf) {
  EXPECT_EQ(
      run("{{printf \"%d|%s|%v|%5.2f|%x|%t|%08d|%+d|%c\" \"a\" 1 1.50 2.345 \"hi\" true 42 7 65}}"),
      "%!d(string=a)|%!s(int=1)|1.5| 2.35|6869|true|00000042|+7|A");
  EXPECT_EQ(run("{{printf \"%5s|%-5s|%.2s|%q\" \"ab\" \"ab\" .Text \"a\\\"b\"}}"),
            "   ab|ab   |h\u00e9|\"a\\\"b\"");
  EXPECT_EQ(run("{{printf \"%x %X %o %b %#x\" 255 255 8 5 16}}"), "ff FF 10 101 0x10");
  EXPECT_EQ(run("{{printf \"%s %v %d%%\" .List .Labels .Negative}}"), "[a b] map[k:v<] -7%");
  EXPECT_EQ(run("{{printf \"%06d|%*d\" .Negative 4 1}}"), "-00007|   1");
  EXPECT_EQ(run("{{printf \"%d %d\" 1}}"), "1 %!d(MISSING)");
  EXPECT_EQ(run("{{printf \"%d\" 1 2}}"), "1%!(EXTRA int=2)");
  EXPECT_EQ(run("{{printf \"%\" }}"), "%!(NOVERB)");
  EXPECT_EQ(run("{{printf \"%T %T\" 1 .List}}"), "int slice");
  EXPECT_EQ(run("{{len (printf \"%999999999d\" 1)}}"), "10000") << "bounded";
}

TEST(FormatFunctions, Texts) {
  EXPECT_EQ(run("{{lower \"AbC\"}} {{upper \"AbC\"}} {{title \"foo bar\"}}"), "abc ABC Foo Bar");
  EXPECT_EQ(run("{{join .List \"-\"}} {{join (split \"a,b\" \",\") \";\"}}"), "a-b a;b");
  EXPECT_EQ(
      run("{{truncate \"abcdef\" 3}} {{truncate \"ab\" 3}} {{pad \"a\" 1 2}}|{{pad \"\" 1 2}}|"),
      "abc ab  a  ||");
  EXPECT_EQ(run("{{html \"<a href='x'>&\"}} {{urlquery \"a b&c\"}}"),
            "&lt;a href=&#39;x&#39;&gt;&amp; a+b%26c");
  EXPECT_EQ(
      run("{{upper 1}}"),
      "template: at <upper>: error calling upper: wrong type for value; expected string; got int");
}

TEST(FormatFunctions, JsonKeepsAnglesAndOrder) {
  EXPECT_EQ(run("{{json .Labels}} {{json .List}} {{json \"x\"}} {{json .Labels.nope}}"),
            "{\"k\":\"v<\"} [\"a\",\"b\"] \"x\" null");
}

TEST(FormatFunctions, AFieldWithAnArgumentIsAKey) {
  EXPECT_EQ(run("{{.Labels \"k\"}} {{.Labels \"nope\"}}|"), "v< |");
  EXPECT_EQ(run("{{.Text \"k\"}}"),
            "template: at <.Text>: can't give argument to non-function .Text");
}

}  // namespace
}  // namespace cli
