#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Where the time of a command goes (`peapod --trace-time`): a phase lasts from construction to
/// destruction, or to the next one. Costs a null check where nobody traces. Names are literals.
class TimedPhase {
 public:
  explicit TimedPhase(const char* name) {
    if (table != nullptr) {
      begin(name);
    }
  }
  ~TimedPhase() { end(); }
  TimedPhase(const TimedPhase&) = delete;
  TimedPhase& operator=(const TimedPhase&) = delete;
  /// This one ends and another begins.
  void next(const char* name) {
    end();
    if (table != nullptr) {
      begin(name);
    }
  }

  struct Record {
    std::string where;  ///< "command", "keeper", "child"
    std::string name;
    std::int64_t begin = 0, end = 0;  ///< nanoseconds of CLOCK_MONOTONIC
  };

  /// From now on phases of this process are recorded, and those of its children that are cloned.
  static void trace(const char* where);
  static bool tracing() { return table != nullptr; }
  /// In a child: its own phases are not its parent's.
  static void nowIn(const char* where) { place = where; }
  static std::int64_t clock();
  /// One that has been timed otherwise, or elsewhere; nothing where nobody traces.
  static void add(const Record& record);
  /// What was recorded, which is forgotten, and the end of tracing. What has not ended (a child
  /// that has become another program) ends now.
  static std::vector<Record> take();

 private:
  struct Entry;
  struct Table;
  void begin(const char* name);
  void end();

  static Table* table;
  static const char* place;
  Entry* entry_ = nullptr;
};
