#include "cli/fields.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

/// The fields of a row that are made for a format.
std::string made(const char* format) {
  using Of = int;
  const std::vector<Field<Of>> all{{"ID", [](const Of& of) -> Json { return of; }},
                                   {"Names",
                                    [](const Of&) -> Json {
                                      return {"a", "b"};
                                    }},
                                   {"Labels", [](const Of&) -> Json { return Json::object(); }}};
  std::vector<std::string> names;
  const Json row = rowOf(fieldsFor(ListFormat(format), all), 7);
  for (const auto& [name, value] : row.items()) {
    names.push_back(name);
  }
  return join(names, " ");
}

TEST(Fields, OnlyThoseThatTheFormatReadsAreMade) {
  EXPECT_EQ(made("{{.ID}}"), "ID");
  EXPECT_EQ(made("table {{.Labels.x}}\t{{upper .ID}}"), "ID Labels");
  EXPECT_EQ(made("no field"), "");
  EXPECT_EQ(made("{{if .ID}}{{else}}{{.Names}}{{end}}{{with $.Labels}}x{{end}}"),
            "ID Names Labels");
  EXPECT_EQ(made("{{$id := .ID}}{{$id}}{{len (index .Labels \"x\")}}"), "ID Labels");
  EXPECT_EQ(made("{{(printf \"%v\" .Names).ID}}"), "Names");
}

TEST(Fields, AllAreMadeWhereAnyMayBeRead) {
  for (const char* format : {"json", "{{.}}", "{{json .}}", "{{$}}", "{{range .}}{{.ID}}{{end}}",
                             "{{$row := .}}{{$row.ID}}", "{{range .Names}}{{.}}{{end}}",
                             "{{with .Labels}}{{.Other}}{{end}}"}) {
    EXPECT_EQ(made(format), "ID Names Labels") << format;
  }
}

TEST(Fields, AnErrorAboutOneThatIsNotThereTellsAll) {
  EXPECT_EQ(made("{{.ID}} {{.Nope}}"), "ID Names Labels");
}

}  // namespace
}  // namespace cli
