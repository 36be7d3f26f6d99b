#include <gtest/gtest.h>

#include <algorithm>

#include "keeper/log_reader.h"
#include "keeper/log_writer.h"
#include "keeper/test_keeper.h"

namespace keeper::test {
namespace {

using namespace std::chrono_literals;

class LogTest : public testing::Test {
 protected:
  Path file() const { return directory.path() / "ctr.log"; }

  /// The texts, a line's pieces joined.
  std::vector<std::string> lines(const LogRange& range = {}) const {
    LogReader reader(file(), range);
    std::vector<std::string> out;
    bool open = false;
    reader.read([&](const LogRecord& record) {
      if (open) {
        out.back() += record.text;
      } else {
        out.emplace_back(record.text);
      }
      open = record.partial;
    });
    return out;
  }

  runtime::test::TemporaryDirectory directory;
};

TEST_F(LogTest, WritesTheFormOfKubernetes) {
  LogWriter writer(file(), -1);
  EXPECT_TRUE(writer.write(LogStream::stdout_, "one\ntwo"));
  EXPECT_TRUE(writer.write(LogStream::stderr_, "bad\n"));
  EXPECT_TRUE(writer.write(LogStream::stdout_, " rest\n\n"));
  const auto text = split(readFile(file()), '\n');
  ASSERT_EQ(text.size(), 6U);
  const std::vector<std::string> ends{" stdout F one", " stdout P two", " stderr F bad",
                                      " stdout F  rest", " stdout F "};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    EXPECT_TRUE(text[i].ends_with(ends[i])) << text[i];
    const auto record = parseLogRecord(text[i]);
    ASSERT_TRUE(record);
    const auto time = parseTime(record->stamp);
    ASSERT_TRUE(time) << record->stamp;
    EXPECT_LT(std::chrono::abs(now() - *time), 5s);
    EXPECT_EQ(record->stamp.size(), std::string("2026-11-22T10:15:30.123456789+00:00").size());
  }
  EXPECT_EQ(text[0].substr(0, 35), text[1].substr(0, 35)) << "one time for one read";
}

TEST_F(LogTest, CutsLinesWithoutEndAndLosesNothing) {
  std::string all;
  {
    LogWriter writer(file(), -1);
    for (int i = 0; i < 50; ++i) {
      const std::string piece(static_cast<std::size_t>(700 * i), static_cast<char>('a' + i % 26));
      all += piece;
      EXPECT_TRUE(writer.write(LogStream::stdout_, piece));
    }
    EXPECT_TRUE(writer.write(LogStream::stdout_, "\n"));
  }
  const auto read = lines();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0], all);
  for (const auto& line : split(readFile(file()), '\n')) {
    EXPECT_LE(line.size(), LogWriter::longestPiece + 60);
  }
}

TEST_F(LogTest, LosesNothingOfManyLinesOfAnyLength) {
  constexpr std::size_t longest = 2 * LogWriter::longestPiece + 5;
  std::vector<std::string> wanted;
  std::string all;
  for (std::size_t i = 0; i < 20'000; ++i) {
    // Mostly short ones, from empty on, and now and then around the limits of the writer.
    const std::size_t length = i % 1000 == 999 ? longest - i / 1000 * 1000 : i % 97;
    wanted.emplace_back(length, static_cast<char>('a' + i % 26));
    all += wanted.back() + "\n";
  }
  for (const std::int64_t limit : {std::int64_t(-1), std::int64_t(100'000'000)}) {
    for (const std::size_t pieces : {all.size(), std::size_t(64 * 1024), std::size_t(1000)}) {
      std::filesystem::remove(file());
      LogWriter writer(file(), limit);
      for (std::size_t at = 0; at < all.size(); at += pieces) {
        EXPECT_TRUE(writer.write(LogStream::stdout_, std::string_view(all).substr(at, pieces)));
      }
      EXPECT_EQ(lines(), wanted) << "in pieces of " << pieces;
    }
  }
}

TEST_F(LogTest, KeepsItsSizeAlsoWhereOneReadFillsItOften) {
  constexpr std::int64_t limit = 10'000;
  std::string all;
  for (int i = 0; i < 5000; ++i) {
    all += cat("line ", i, "\n");
  }
  LogWriter writer(file(), limit);
  EXPECT_TRUE(writer.write(LogStream::stdout_, all));
  EXPECT_LE(std::filesystem::file_size(file()), static_cast<std::uintmax_t>(limit));
  const auto older = std::filesystem::file_size(rotatedLog(file()));
  EXPECT_LE(older, static_cast<std::uintmax_t>(limit));
  EXPECT_GT(older, static_cast<std::uintmax_t>(limit) - 60) << "filled as far as lines fit";
  const auto read = lines();
  EXPECT_EQ(read.back(), "line 4999");
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i], cat("line ", 5000 - read.size() + i));
  }
}

TEST_F(LogTest, KeepsItsSizeAndOneOlderPart) {
  constexpr std::int64_t limit = 10'000;
  LogWriter writer(file(), limit);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(writer.write(LogStream::stdout_, cat("line ", i, "\n")));
  }
  EXPECT_LE(std::filesystem::file_size(file()), static_cast<std::uintmax_t>(limit));
  EXPECT_LE(std::filesystem::file_size(rotatedLog(file())), static_cast<std::uintmax_t>(limit));
  const auto read = lines();
  ASSERT_GT(read.size(), 200U);
  EXPECT_EQ(read.back(), "line 999");
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i], cat("line ", 1000 - read.size() + i));
  }
  const auto last = lines({.tail = read.size() - 3, .since = {}, .until = {}});
  EXPECT_EQ(last.size(), read.size() - 3) << "the tail reaches into the older part";
  EXPECT_EQ(last.front(), read[3]);
}

TEST_F(LogTest, GivesTheLastLinesWithoutReadingAll) {
  LogWriter writer(file(), -1);
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += cat("line ", i, "\n");
  }
  writer.write(LogStream::stdout_, text);
  writer.write(LogStream::stdout_, "un");
  writer.write(LogStream::stdout_, "finished");
  for (const std::size_t wanted : {0U, 1U, 2U, 3U, 500U, 5000U, 20'000U}) {
    const auto read = lines({.tail = wanted, .since = {}, .until = {}});
    ASSERT_EQ(read.size(), wanted);
    if (wanted > 0) {
      EXPECT_EQ(read.back(), "unfinished");
    }
    if (wanted > 1) {
      EXPECT_EQ(read.front(), cat("line ", 20'001 - wanted));
    }
  }
  EXPECT_EQ(lines({.tail = 1'000'000, .since = {}, .until = {}}).size(), 20'001U);
}

TEST_F(LogTest, KeepsWithinTheTimesAskedFor) {
  replaceFile(file(),
              "2026-01-01T10:00:00.000000000+00:00 stdout F a\n"
              "no record\n"
              "2026-01-01T11:00:00.000000000+00:00 stdout F b\n"
              "2026-01-01T12:00:00.000000000+00:00 stderr F c\n");
  const auto at = [](const char* text) { return parseTime(text); };
  EXPECT_EQ(lines({.tail = {}, .since = at("2026-01-01T10:30:00Z"), .until = {}}),
            (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(lines({.tail = {}, .since = {}, .until = at("2026-01-01T11:30:00Z")}),
            (std::vector<std::string>{"a", "b"}));
}

TEST_F(LogTest, GoesOnWhereItStoodAcrossRotation) {
  LogWriter writer(file(), 2000);
  LogReader reader(file(), {});
  std::vector<std::string> read;
  int written = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 10; ++i) {
      writer.write(LogStream::stdout_, cat("line ", written++, "\n"));
    }
    reader.read([&](const LogRecord& record) { read.emplace_back(record.text); });
  }
  ASSERT_EQ(read.size(), static_cast<std::size_t>(written));
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i], cat("line ", i));
  }
}

TEST_F(LogTest, TellsThatItCouldNotWrite) {
  LogWriter writer("/dev/full", -1);
  EXPECT_FALSE(writer.write(LogStream::stdout_, "lost\n"));
}

class LogFollowTest : public KeeperTest {};

TEST_F(LogFollowTest, GivesLinesAsTheyComeUntilTheContainersHaveEnded) {
  const auto sandbox = pod();
  auto first = container(
      sandbox, {"sh", "-c",
                "i=0; while [ $i -lt 200 ]; do echo a$i; i=$((i+1)); done; sleep 0.2; echo end"});
  first.logMaxSize = 4000;
  const auto second = container(sandbox, {"sh", "-c", "echo b; sleep 0.1; echo c"});
  Client keeper = started(sandbox);
  keeper.start(second);
  keeper.start(first);
  std::vector<std::string> one;
  std::vector<std::string> other;
  followLogs(
      layout,
      {{sandbox.id, first.id, first.logPath, {}}, {sandbox.id, second.id, second.logPath, {}}},
      [&](std::size_t which, const LogRecord& record) {
        (which == 0 ? one : other).emplace_back(record.text);
      });
  EXPECT_EQ(other, (std::vector<std::string>{"b", "c"}));
  ASSERT_FALSE(one.empty());
  EXPECT_EQ(one.back(), "end");
  keeper.stopSandbox(0);
}

TEST_F(LogFollowTest, EndsAtOnceForOneThatDoesNotRun) {
  const auto sandbox = single();
  const auto config = container(sandbox, {"echo", "hello"});
  Client keeper = started(sandbox);
  keeper.start(config);
  keeper.wait(config.id);
  ASSERT_TRUE(gone(sandbox));
  std::vector<std::string> read;
  followLogs(layout, {{sandbox.id, config.id, config.logPath, {}}},
             [&](std::size_t, const LogRecord& record) { read.emplace_back(record.text); });
  EXPECT_EQ(read, std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace keeper::test
