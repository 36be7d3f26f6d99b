#include "keeper/events.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "keeper/log_writer.h"
#include "keeper/test_keeper.h"

namespace keeper::test {
namespace {

class EventsTest : public testing::Test {
 protected:
  std::vector<Event> all() const {
    std::vector<Event> out;
    readEvents(layout, {}, false, [&](const Event& event, Time) { out.push_back(event); });
    return out;
  }
  static Event numbered(std::size_t number) {
    Event event;
    event.type = "container";
    event.status = "died";
    event.id = std::string(64, 'a');
    event.name = std::to_string(number);
    event.exitCode = static_cast<int>(number % 256);
    return event;
  }

  runtime::test::TemporaryDirectory directory;
  Layout layout{directory.path(), directory.path()};
};

TEST_F(EventsTest, GiveBackWhatWasRecorded) {
  EXPECT_TRUE(all().empty());
  Event event = numbered(7);
  event.image = "docker.io/library/busybox:latest";
  event.pod = "b";
  record(layout, event);
  Event oom;
  oom.type = "container";
  oom.status = "oom";
  oom.limit = "pod";
  record(layout, oom);
  const auto read = all();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "7");
  EXPECT_EQ(read[0].exitCode, 7);
  EXPECT_EQ(read[0].image, event.image);
  EXPECT_EQ(read[0].pod, "b");
  EXPECT_EQ(read[1].limit, "pod");
  EXPECT_FALSE(read[1].exitCode);
}

TEST_F(EventsTest, WhatADiskWithoutRoomHasCutOffIsLeftOut) {
  record(layout, numbered(1));
  const std::string whole = readFile(layout.events());
  std::ofstream file(layout.events(), std::ios::app);
  file << whole.substr(0, whole.size() - 10) << '\n' << whole.substr(0, 20) << '\n';
  file.close();
  record(layout, numbered(2));
  const auto read = all();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].name, "2");
}

TEST_F(EventsTest, AreKeptInTwoPartsWithinTheirSize) {
  constexpr std::size_t count = 60'000;
  for (std::size_t i = 0; i < count; ++i) {
    record(layout, numbered(i));
  }
  const auto limit = std::uintmax_t(4 * 1024 * 1024 + 1024);
  EXPECT_LE(std::filesystem::file_size(layout.events()), limit);
  EXPECT_LE(std::filesystem::file_size(rotatedLog(layout.events())), limit);
  const auto read = all();
  ASSERT_GT(read.size(), 20'000U);
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].name, std::to_string(count - read.size() + i));
  }
}

TEST_F(EventsTest, OfManyAtOnceAreAllWhole) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([this] {
      for (std::size_t k = 0; k < 500; ++k) {
        record(layout, numbered(k));
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(all().size(), 2000U);
}

TEST_F(EventsTest, FollowedUntilTheRangeIsOver) {
  std::thread writer([this] { record(layout, numbered(1)); });
  std::size_t seen = 0;
  const LogRange range{.tail = {}, .since = {}, .until = now() + std::chrono::milliseconds(300)};
  readEvents(layout, range, true, [&](const Event&, Time) { ++seen; });
  writer.join();
  EXPECT_EQ(seen, 1U);
}

}  // namespace
}  // namespace keeper::test
