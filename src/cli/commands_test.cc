#include "cli/commands.h"

#include <gtest/gtest.h>

#include <set>

namespace cli {
namespace {

struct Ran {
  int status;
  std::string out, err;
};

Ran ran(std::vector<std::string> words) {
  words.insert(words.begin(), "peapod");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = runProgram(words);
  std::string out = testing::internal::GetCapturedStdout();
  return {status, std::move(out), testing::internal::GetCapturedStderr()};
}

std::vector<std::string> allSpellings() {
  std::vector<std::string> all;
  for (const auto& command : commandTable()) {
    all.emplace_back(command.words);
    for (const auto& alias : split(command.aliases, ',')) {
      if (!alias.empty()) {
        all.push_back(alias);
      }
    }
  }
  return all;
}

TEST(Commands, NoNameIsTwoCommands) {
  const auto all = allSpellings();
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
}

TEST(Commands, EachHasHelp) {
  for (const auto& words : allSpellings()) {
    auto line = split(words, ' ');
    line.emplace_back("--help");
    const auto result = ran(line);
    EXPECT_EQ(result.status, 0) << words;
    EXPECT_EQ(result.err, "") << words;
    EXPECT_NE(result.out.find("Usage:\n  peapod " + words + " "), std::string::npos) << result.out;
    line.insert(line.begin(), "help");
    line.pop_back();
    EXPECT_EQ(ran(line).out, result.out) << words;
  }
}

TEST(Commands, NoOptionIsDeclaredTwice) {
  // The help lists each visible option once; its two columns begin with the same name otherwise.
  for (const auto& words : allSpellings()) {
    auto line = split(words, ' ');
    line.emplace_back("--help");
    std::set<std::string> seen;
    for (const auto& text : split(ran(line).out, '\n')) {
      if (const std::size_t at = text.find("--"); text.starts_with("  ") && at == 6) {
        EXPECT_TRUE(seen.insert(text.substr(at, text.find(' ', at) - at)).second) << words << text;
        if (text[2] == '-') {
          EXPECT_TRUE(seen.insert(text.substr(2, 2)).second) << words << text;
        }
      }
    }
  }
}

TEST(Commands, TheProgramAndItsGroupsListTheirs) {
  const auto all = ran({"--help"});
  EXPECT_EQ(all.status, 0);
  EXPECT_NE(all.out.find("\n  run          Run a command in a new container\n"), std::string::npos);
  EXPECT_NE(all.out.find("\n  pod          Manage pods\n"), std::string::npos);
  EXPECT_NE(all.out.find("--runroot"), std::string::npos);
  EXPECT_EQ(all.out.find("pod create"), std::string::npos);
  const auto pod = ran({"pod", "--help"});
  EXPECT_NE(pod.out.find("\n  create       "), std::string::npos);
  EXPECT_NE(pod.out.find("\n  ls           "), std::string::npos);
  EXPECT_EQ(ran({"help"}).out, all.out);
}

TEST(Commands, UnknownOnesAreOneLineAnd125) {
  const auto word = ran({"frobnicate"});
  EXPECT_EQ(word.status, 125);
  EXPECT_EQ(word.err, "Error: unrecognized command `peapod frobnicate` (see 'peapod --help')\n");
  EXPECT_EQ(ran({"pod", "frobnicate"}).err,
            "Error: unrecognized command `peapod pod frobnicate` (see 'peapod pod --help')\n");
  EXPECT_EQ(ran({"run", "--frobnicate", "image"}).err,
            "Error: unknown flag: --frobnicate (see 'peapod run --help')\n");
  EXPECT_EQ(ran({"pod"}).status, 125);
  EXPECT_EQ(ran({}).status, 125);
}

TEST(Commands, GlobalOptionsComeFirst) {
  EXPECT_EQ(ran({"--log-level", "debug", "version", "--help"}).status, 0);
  EXPECT_EQ(ran({"--cgroup-manager=frob", "ps"}).status, 125);
  EXPECT_EQ(ran({"--log-level=loud", "ps"}).status, 125);
  const auto version = ran({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(version.out.starts_with("peapod version "));
}

TEST(Commands, VersionKnowsFormats) {
  EXPECT_EQ(ran({"version", "--format", "{{.Client.Version}}"}).out,
            ran({"--version"}).out.substr(std::string("peapod version ").size()));
  EXPECT_NE(ran({"version", "-f", "json"}).out.find("\"Client\""), std::string::npos);
}

TEST(Commands, WrongUseIsFoundBeforeAnythingIsTouched) {
  for (const std::vector<std::string>& line : {std::vector<std::string>{"run"},
                                               {"ps", "extra"},
                                               {"stop"},
                                               {"rm", "-t", "1", "x"},
                                               {"kill", "-s", "FOO", "x"},
                                               {"pod", "create", "--share", "foo"},
                                               {"tag", "x"},
                                               {"pod", "create", "--memory", "lots"},
                                               {"run", "-p", "99999:1", "x"},
                                               {"run", "-d", "-a", "stdin", "x"},
                                               {"run", "--detach-keys", "foo", "x"},
                                               {"wait"},
                                               {"logs"},
                                               {"inspect"}}) {
    const auto result = ran(line);
    EXPECT_EQ(result.status, 125) << line.front();
    EXPECT_TRUE(result.err.starts_with("Error: ")) << line.front();
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.out, "") << line.front();
  }
}

TEST(ExitStatus, IsThatOfDockerAndPodman) {
  EXPECT_EQ(exitStatus(ErrorKind::not_executable), 126);
  EXPECT_EQ(exitStatus(ErrorKind::no_command), 127);
  EXPECT_EQ(exitStatus(ErrorKind::not_found), 125);
  EXPECT_EQ(exitStatus(ErrorKind::in_use), 125);
}

}  // namespace
}  // namespace cli
