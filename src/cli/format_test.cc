#include "cli/format.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace cli {
namespace {

Json document() {
  return Json::parse(R"({
    "Name": "web", "NumContainers": 2, "Size": 1.5, "Running": true, "Nothing": null,
    "Labels": {"b": "2", "a": "1"}, "State": {"Status": "running", "Pid": 42},
    "Args": ["sh", "-c", "true"], "Empty": [], "EmptyText": "",
    "Mounts": [{"Source": "/a", "RW": true}, {"Source": "/b", "RW": false}],
    "Ports": {"80/tcp": [{"HostPort": "8080"}], "90/tcp": null}
  })");
}

std::string rendered(std::string_view text) {
  return Template::parse(text).run(document());
}

std::string errorOf(std::string_view text) {
  try {
    const std::string out = rendered(text);
    return cat("no error but ", out);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
}

TEST(Format, PrintsFieldsAsGoDoes) {
  EXPECT_EQ(rendered("plain"), "plain");
  EXPECT_EQ(rendered("{{.Name}} {{.State.Status}} {{ .NumContainers }} {{.Size}} {{.Running}}"),
            "web running 2 1.5 true");
  EXPECT_EQ(rendered("{{.Args}} {{.Empty}} {{.Labels}} {{.State}}"),
            "[sh -c true] [] map[a:1 b:2] {running 42}");
  EXPECT_EQ(rendered("{{.Nothing}}|{{.EmptyText}}|{{.Nothing.More}}"), "<no value>||<no value>");
}

TEST(Format, AMapHasKeysAndNoFields) {
  EXPECT_EQ(rendered("{{.Labels.a}} {{.Labels.nope}} {{index .Labels \"nope\"}}|"),
            "1 <no value> |");
  EXPECT_EQ(rendered("{{.Labels.nope.deeper}}"), "<no value>");
}

TEST(Format, AnUnknownFieldIsAnErrorThatNamesTheKnownOnes) {
  const std::string error = errorOf("{{.Nmae}}");
  EXPECT_NE(error.find("<.Nmae>"), std::string::npos) << error;
  EXPECT_NE(error.find("can't evaluate field Nmae"), std::string::npos) << error;
  EXPECT_NE(error.find(".NumContainers .Size"), std::string::npos) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos);
  EXPECT_NE(errorOf("{{.name}}").find("field name"), std::string::npos) << "case matters";
  EXPECT_EQ(errorOf("{{.Name.Foo}}"),
            "template: at <.Name.Foo>: can't evaluate field Foo in type string");
}

TEST(Format, Conditions) {
  EXPECT_EQ(rendered("{{if .Running}}up{{else}}down{{end}}"), "up");
  EXPECT_EQ(rendered("{{if .Empty}}x{{else if .EmptyText}}y{{else if .Name}}z{{else}}w{{end}}!"),
            "z!");
  EXPECT_EQ(rendered("{{if .Empty}}x{{end}}{{if not .Nothing}}n{{end}}"), "n");
  EXPECT_EQ(rendered("{{if and .Running (eq .NumContainers 2)}}both{{end}}"), "both");
  EXPECT_EQ(rendered("{{if or .Empty .EmptyText}}a{{else}}b{{end}}"), "b");
  EXPECT_EQ(rendered("{{with .State}}{{.Status}}{{end}}{{with .Empty}}x{{else}}none{{end}}"),
            "runningnone");
}

TEST(Format, Ranges) {
  EXPECT_EQ(rendered("{{range .Args}}<{{.}}>{{end}}"), "<sh><-c><true>");
  EXPECT_EQ(rendered("{{range .Empty}}x{{else}}none{{end}}"), "none");
  EXPECT_EQ(rendered("{{range $i, $e := .Args}}{{if $i}},{{end}}{{$i}}={{$e}}{{end}}"),
            "0=sh,1=-c,2=true");
  EXPECT_EQ(rendered("{{range $k, $v := .Labels}}{{$k}}:{{$v}} {{end}}"), "a:1 b:2 ");
  EXPECT_EQ(rendered("{{range .Mounts}}{{.Source}}{{if .RW}}(rw){{end}} {{end}}"), "/a(rw) /b ");
  EXPECT_EQ(rendered("{{range .Mounts}}{{$.Name}}{{.Source}} {{end}}"), "web/a web/b ");
  EXPECT_EQ(rendered("{{range .Args}}{{if eq . \"-c\"}}{{break}}{{end}}{{.}}{{end}}"), "sh");
  EXPECT_EQ(rendered("{{range .Args}}{{if eq . \"-c\"}}{{continue}}{{end}}{{.}} {{end}}"),
            "sh true ");
  EXPECT_EQ(
      rendered(
          "{{range $p, $c := .Ports}}{{$p}}->{{range $c}}{{.HostPort}}{{else}}-{{end}};{{end}}"),
      "80/tcp->8080;90/tcp->-;");
  EXPECT_NE(errorOf("{{range .NumContainers}}{{end}}").find("range can't iterate over 2"),
            std::string::npos);
}

TEST(Format, Variables) {
  EXPECT_EQ(rendered("{{$x := .Name}}{{$x}}{{$x = \"new\"}}{{$x}}"), "webnew");
  EXPECT_EQ(rendered("{{$n := 0}}{{range .Args}}{{$n = len .}}{{end}}{{$n}}"), "4");
  EXPECT_EQ(rendered("{{$s := .State}}{{$s.Status}} {{with $t := .Name}}{{$t}}{{end}}"),
            "running web");
  EXPECT_EQ(rendered("{{if $x := .Name}}{{$x}}{{end}}"), "web");
  EXPECT_NE(errorOf("{{$y}}").find("undefined variable \"$y\""), std::string::npos);
  EXPECT_NE(errorOf("{{if .Name}}{{$z := 1}}{{end}}{{$z}}").find("undefined variable"),
            std::string::npos);
}

TEST(Format, PipelinesAndParentheses) {
  EXPECT_EQ(rendered("{{.Name | upper}} {{.Name | printf \"%s-%s\" \"x\" | len}}"), "WEB 5");
  EXPECT_EQ(
      rendered("{{(index .Mounts 1).Source}} {{(index (index .Ports \"80/tcp\") 0).HostPort}}"),
      "/b 8080");
  EXPECT_EQ(rendered("{{len (slice .Args 1 3)}}"), "2");
}

TEST(Format, TrimMarkersAndComments) {
  EXPECT_EQ(rendered("a  {{- .Name -}}  b"), "awebb");
  EXPECT_EQ(rendered("a {{/* gone */}} b{{- /* gone */ -}} c"), "a  bc");
  EXPECT_EQ(rendered("{{- 3 -}} {{-3}}"), "3-3");
}

TEST(Format, SyntaxErrorsNameThePlace) {
  EXPECT_EQ(errorOf("{{.Name"), "template: 1:1: unclosed action");
  EXPECT_NE(errorOf("{{if .Name}}x").find("{{end}} is missing"), std::string::npos);
  EXPECT_NE(errorOf("x{{end}}").find("unexpected {{end}}"), std::string::npos);
  EXPECT_NE(errorOf("{{if .A}}{{else}}{{else}}{{end}}").find("unexpected {{else}}"),
            std::string::npos);
  EXPECT_NE(errorOf("{{foo .Name}}").find("function \"foo\" not defined"), std::string::npos);
  EXPECT_NE(errorOf("{{if}}x{{end}}").find("missing value for if"), std::string::npos);
  EXPECT_NE(errorOf("{{}}").find("missing value for command"), std::string::npos);
  EXPECT_NE(errorOf("{{.Name |}}").find("missing value after |"), std::string::npos);
  EXPECT_NE(errorOf("{{\"abc}}").find("unterminated"), std::string::npos);
  EXPECT_NE(errorOf("{{.Name}").find("unexpected \"}\""), std::string::npos);
  EXPECT_NE(errorOf("{{(.Name}}").find("unclosed left parenthesis"), std::string::npos);
  EXPECT_NE(errorOf("{{break}}").find("outside {{range}}"), std::string::npos);
  EXPECT_NE(errorOf("{{template \"x\"}}").find("not supported"), std::string::npos);
  EXPECT_NE(errorOf("{{nil}}").find("nil is not a command"), std::string::npos);
  EXPECT_NE(errorOf("{{/* x }}").find("unclosed comment"), std::string::npos);
  EXPECT_NE(errorOf(cat("{{", std::string(500, '('), "}}")).find("nested too deeply"),
            std::string::npos);
}

TEST(Format, ListsRunPerRow) {
  const Json rows = Json::parse(R"([{"ID":"1","Names":"a"},{"ID":"2","Names":"b"}])");
  EXPECT_EQ(renderList(rows, "{{.ID}}", {}), "1\n2\n");
  EXPECT_EQ(renderList(rows, R"({{.ID}}\t{{.Names}}\n)", {}), "1\ta\n2\tb\n");
  EXPECT_EQ(renderList(rows, "{{range .}}{{.Names}},{{end}}", {}), "a,b,");
  EXPECT_EQ(renderList(rows, R"({{printf "%s\t|" .ID}})", {}), "1\t|\n2\t|\n");
  EXPECT_EQ(renderList(Json::array(), "{{.ID}}", {}), "");
}

TEST(Format, AListAsJson) {
  const Json rows = Json::parse(R"([{"ID":"1"}])");
  const std::string expected = "[\n  {\n    \"ID\": \"1\"\n  }\n]\n";
  EXPECT_EQ(renderList(rows, "json", {}), expected);
  EXPECT_EQ(renderList(rows, "{{json .}}", {}), expected);
  EXPECT_EQ(renderList(rows, "{{ json . }}", {}), expected);
  EXPECT_EQ(renderList(rows, "{{json .ID}}", {}), "\"1\"\n");
  EXPECT_EQ(renderList(Json::array(), "json", {}), "[]\n");
}

TEST(Format, TablesHaveHeadersAndColumns) {
  const Json rows = Json::parse(
      R"([{"ID":"1","NumberOfContainers":3,"Labels":{"x":"y"},"Label":{"x":"y"},"Names":["a","b"]}])");
  const Headers headers{{"ID", "POD ID"}, {"NumberOfContainers", "# OF CONTAINERS"}};
  EXPECT_EQ(renderList(rows, R"(table {{.ID}}\t{{.NumberOfContainers}}\t{{.Labels}})", headers),
            "POD ID      # OF CONTAINERS  LABELS\n"
            "1           3                map[x:y]\n");
  EXPECT_EQ(renderList(rows, R"(table {{.ID}} {{upper .ID}})", headers), "POD ID POD ID\n1 1\n");
  EXPECT_EQ(renderList(rows, "table {{.ID}}", headers, true), "1\n");
  EXPECT_EQ(
      renderList(rows, R"(table {{json .Labels}}\t{{.Label "x"}}\t{{index .Labels "x"}})", {}),
      "LABELS      LABEL       LABELS\n"
      "{\"x\":\"y\"}   y           y\n");
  EXPECT_EQ(
      renderList(rows, "table {{range .Names}}{{.}} {{end}}{{if .ID}}{{.ID}}{{end}}", headers),
      "NAMES POD ID\na b 1\n");
  EXPECT_EQ(renderList(Json::array(), R"(table {{.ID}}\t{{.Created}})", headers),
            "POD ID      CREATED\n");
}

TEST(Format, HeadersAreMadeOfFieldNames) {
  const Json rows = Json::array();
  EXPECT_EQ(renderList(rows, "table {{.NumberOfContainers}}", {}), "NUMBER OF CONTAINERS\n");
  EXPECT_EQ(renderList(rows, "table {{.InfraID}} {{.IDOf}} {{.State.Status}}", {}),
            "INFRA ID ID OF STATUS\n");
}

TEST(Format, AnObjectHasOneLine) {
  EXPECT_EQ(renderObject(document(), "{{.Name}}"), "web\n");
  EXPECT_EQ(renderObject(document(), R"({{.Name}}\t{{json .State}}\n)"),
            "web\t{\"Status\":\"running\",\"Pid\":42}\n");
}

TEST(Format, TablesAlignAsGosTabwriter) {
  EXPECT_EQ(renderTable({{"A", "B"}, {"a long first cell", "b"}}),
            "A                  B\na long first cell  b\n");
  EXPECT_EQ(renderTable({{"\u00e4\u00f6", "x"}}), "\u00e4\u00f6          x\n")
      << "letters, not bytes";
  EXPECT_EQ(renderTable({{"a", "", "c"}}), "a                       c\n");
  // A line without the column ends its block.
  EXPECT_EQ(renderTable({{"0123456789abcdef", "x"}, {"alone"}, {"b", "y"}}),
            "0123456789abcdef  x\nalone\nb           y\n");
  EXPECT_EQ(renderTable({}), "");
}

}  // namespace
}  // namespace cli
