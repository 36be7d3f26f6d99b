#include "base/timed_phase.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <ctime>

struct TimedPhase::Entry {
  std::array<char, 8> where;
  std::array<char, 40> name;
  std::int64_t begin, end;
};

/// In memory that cloned children share. What does not fit is not recorded.
struct TimedPhase::Table {
  std::atomic<unsigned> used;
  std::array<Entry, 200> entries;

  Entry* next() {
    const unsigned index = used.fetch_add(1);
    return index < entries.size() ? &entries.at(index) : nullptr;
  }
};

namespace {

template <std::size_t size>
void copyName(std::array<char, size>& out, const char* text) {
  std::strncpy(out.data(), text, size - 1);  // the table is zeroed
}

}  // namespace

TimedPhase::Table* TimedPhase::table = nullptr;
const char* TimedPhase::place = "";

std::int64_t TimedPhase::clock() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void TimedPhase::trace(const char* where) {
  // It stays mapped: a phase may end after take().
  static Table* const memory = [] {
    void* shared =
        mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? nullptr : static_cast<Table*>(shared);
  }();
  place = where;
  table = memory;
}

void TimedPhase::begin(const char* name) {
  entry_ = table->next();
  if (entry_ != nullptr) {
    copyName(entry_->where, place);
    copyName(entry_->name, name);
    entry_->begin = clock();
  }
}

void TimedPhase::end() {
  if (entry_ != nullptr) {
    entry_->end = clock();
  }
  entry_ = nullptr;
}

void TimedPhase::add(const Record& record) {
  Entry* entry = table == nullptr ? nullptr : table->next();
  if (entry != nullptr) {
    copyName(entry->where, record.where.c_str());
    copyName(entry->name, record.name.c_str());
    entry->begin = record.begin;
    entry->end = record.end;
  }
}

std::vector<TimedPhase::Record> TimedPhase::take() {
  std::vector<Record> records;
  if (table == nullptr) {
    return records;
  }
  const std::int64_t now = clock();
  const std::size_t count = std::min<std::size_t>(table->used, table->entries.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = table->entries.at(i);
    records.push_back(
        {entry.where.data(), entry.name.data(), entry.begin, entry.end == 0 ? now : entry.end});
  }
  std::memset(table->entries.data(), 0, sizeof table->entries);
  table->used = 0;
  table = nullptr;
  return records;
}
