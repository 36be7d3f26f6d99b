#include "cli/options.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

using Words = std::vector<std::string>;
using Order = Options::Order;

/// The options of an imaginary command.
struct Sample {
  Options options{"run", "[options] IMAGE"};
  bool interactive = false, tty = false, proxy = true;
  std::string name, entrypoint = "unset";
  std::optional<std::string> user;
  std::vector<std::string> env, ports;
  int last = -1;
  std::optional<unsigned> seconds;

  Sample() {
    options.flag("-i --interactive", interactive, "Keep STDIN open");
    options.flag("-t --tty", tty, "Give it a terminal");
    options.flag("--sig-proxy", proxy, "Pass signals on");
    options.text("--name", name, "Its name");
    options.text("--entrypoint", entrypoint, "Its entry point");
    options.text("-u --user", user, "Its user");
    options.list("-e --env", env, "Variables");
    options.commaList("-p --publish", ports, "Ports");
    options.number("-n --last", last, "How many");
    options.number("--time", seconds, "How long");
    options.notYet("--tz");
    options.accept("-q --quiet", false);
  }
  Words parse(const Words& line, Order order = Order::beforeArguments) {
    return options.parse(line, order);
  }
  std::string refusal(const Words& line, Order order = Order::anywhere) {
    try {
      options.parse(line, order);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST(Options, StopAtTheImageSoThatItsCommandKeepsItsOwn) {
  Sample sample;
  EXPECT_EQ(sample.parse({"-i", "image", "ls", "-t", "--name", "x"}),
            (Words{"image", "ls", "-t", "--name", "x"}));
  EXPECT_TRUE(sample.interactive);
  EXPECT_FALSE(sample.tty);
  EXPECT_EQ(sample.name, "");
}

TEST(Options, MayFollowArgumentsElsewhere) {
  Sample sample;
  EXPECT_EQ(sample.parse({"one", "--name", "x", "two"}, Order::anywhere), (Words{"one", "two"}));
  EXPECT_EQ(sample.name, "x");
}

TEST(Options, TwoDashesEndThem) {
  Sample sample;
  EXPECT_EQ(sample.parse({"a", "--", "-t", "--", "b"}, Order::anywhere),
            (Words{"a", "-t", "--", "b"}));
  EXPECT_EQ(sample.parse({"--", "-t"}), (Words{"-t"}));
  EXPECT_FALSE(sample.tty);
}

TEST(Options, TakeValuesInEveryForm) {
  Sample sample;
  sample.parse({"-it", "-e", "A=1", "-eB=2", "-e=C=3", "--env=D=4", "--env", "E=5", "-p8080:80",
                "-p", "1:1,2:2", "--publish=3:3", "-u=root"});
  EXPECT_TRUE(sample.interactive && sample.tty);
  EXPECT_EQ(sample.env, (Words{"A=1", "B=2", "C=3", "D=4", "E=5"}));
  EXPECT_EQ(sample.ports, (Words{"8080:80", "1:1", "2:2", "3:3"}));
  EXPECT_EQ(sample.user, "root");
}

TEST(Options, TakeLettersBeforeAValue) {
  Sample sample;
  sample.parse({"-itu", "root", "-tuother"});
  EXPECT_EQ(sample.user, "other");
}

TEST(Options, AnEmptyValueIsOneAndEatsNothing) {
  Sample sample;
  EXPECT_EQ(sample.parse({"--entrypoint=", "image"}), (Words{"image"}));
  EXPECT_EQ(sample.entrypoint, "");
  sample.entrypoint = "unset";
  EXPECT_EQ(sample.parse({"--entrypoint", "", "image"}), (Words{"image"}));
  EXPECT_EQ(sample.entrypoint, "");
}

TEST(Options, KeepValuesAsTheyAre) {
  Sample sample;
  sample.parse({"-e", "[a,b]", "-e", "-x", "-n", "-3"});
  EXPECT_EQ(sample.env, (Words{"[a,b]", "-x"}));
  EXPECT_EQ(sample.last, -3);
}

TEST(Options, FlagsTakeTruthValuesAfterAnEqualsSign) {
  Sample sample;
  sample.parse({"--sig-proxy=false", "--tty=T", "-i=1"});
  EXPECT_FALSE(sample.proxy);
  EXPECT_TRUE(sample.tty && sample.interactive);
  EXPECT_EQ(sample.refusal({"--tty=maybe"}),
            "invalid value \"maybe\" for --tty: it must be true or false");
}

TEST(Options, SayWhatIsWrong) {
  Sample sample;
  EXPECT_EQ(sample.refusal({"--nmae"}), "unknown flag: --nmae (see 'peapod run --help')");
  EXPECT_EQ(sample.refusal({"-ix"}), "unknown flag: -x (see 'peapod run --help')");
  EXPECT_EQ(sample.refusal({"--name"}), "option --name needs a value (see 'peapod run --help')");
  EXPECT_EQ(sample.refusal({"--time", "-1"}),
            "invalid value \"-1\" for --time: it must be a number of 0 or more");
  EXPECT_EQ(sample.refusal({"--last", "1x"}),
            "invalid value \"1x\" for --last: it must be a whole number");
}

TEST(Options, RefuseWhatIsNotThereYet) {
  Sample sample;
  EXPECT_EQ(sample.refusal({"--tz=UTC"}), "option --tz is not supported yet");
  EXPECT_EQ(sample.refusal({"-q"}), "");
}

TEST(Options, CountArguments) {
  Options none("ps", "[options]");
  none.arguments(0, 0);
  EXPECT_THROW(none.parse({"x"}, Order::anywhere), Error);
  Options one("run", "IMAGE");
  one.arguments(1, Options::anyNumber);
  EXPECT_THROW(one.parse({}, Order::anywhere), Error);
  Options two("port", "CONTAINER [PORT]");
  two.arguments(1, 2);
  EXPECT_THROW(two.parse({"a", "b", "c"}, Order::anywhere), Error);
  EXPECT_EQ(two.parse({"a", "b"}, Order::anywhere), (Words{"a", "b"}));
}

TEST(Options, RememberWhatWasGiven) {
  Sample sample;
  sample.parse({"-i"});
  EXPECT_TRUE(sample.options.given("--interactive"));
  EXPECT_FALSE(sample.options.given("--tty"));
}

TEST(Options, HelpShowsDefaultsAndHidesTheRest) {
  Sample sample;
  sample.options.describe("Run a command");
  sample.options.example("-it alpine sh");
  const std::string help = sample.options.help();
  EXPECT_TRUE(help.starts_with("Run a command\n\nUsage:\n  peapod run [options] IMAGE\n"));
  EXPECT_NE(help.find("Examples:\n  peapod run -it alpine sh\n"), std::string::npos);
  EXPECT_NE(help.find("  -n, --last int            How many (default -1)\n"), std::string::npos);
  EXPECT_NE(help.find("      --sig-proxy           Pass signals on (default true)\n"),
            std::string::npos);
  EXPECT_EQ(help.find("--tz"), std::string::npos);
  EXPECT_EQ(help.find("--quiet"), std::string::npos);
}

TEST(Options, HelpEndsTheCommand) {
  Sample sample;
  testing::internal::CaptureStdout();
  EXPECT_THROW(sample.parse({"-i", "--help"}), Finished);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("Usage:"), std::string::npos);
}

TEST(SplitList, KnowsQuotes) {
  EXPECT_EQ(splitList("a,b,,c"), (Words{"a", "b", "", "c"}));
  EXPECT_EQ(splitList(R"(a="x,y","b,""c""",d)"), (Words{"a=\"x", "y\"", "b,\"c\"", "d"}));
  EXPECT_EQ(splitList(""), Words{});
}

}  // namespace
}  // namespace cli
