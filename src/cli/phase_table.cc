#include "cli/phase_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cli {
namespace {

int depthOf(const TimedPhase::Record& phase, const std::vector<TimedPhase::Record>& all) {
  return static_cast<int>(
      std::count_if(all.begin(), all.end(), [&](const TimedPhase::Record& other) {
        return &other != &phase && other.where == phase.where && other.begin <= phase.begin &&
               other.end >= phase.end;
      }));
}

}  // namespace

std::string phaseTable(std::vector<TimedPhase::Record> phases) {
  std::stable_sort(phases.begin(), phases.end(),
                   [](const TimedPhase::Record& one, const TimedPhase::Record& other) {
                     return one.begin < other.begin;
                   });
  constexpr double perMillisecond = 1e6;
  constexpr int leastNanoseconds = 1000;  // there was nothing to do
  std::string text = " start ms  takes ms  where    phase\n";
  for (const TimedPhase::Record& phase : phases) {
    if (phase.end - phase.begin < leastNanoseconds) {
      continue;
    }
    std::array<char, 128> line{};
    const int length =
        std::snprintf(line.data(), line.size(), "%9.3f %9.3f  %-8s %*s%s\n",
                      static_cast<double>(phase.begin - phases.front().begin) / perMillisecond,
                      static_cast<double>(phase.end - phase.begin) / perMillisecond,
                      phase.where.c_str(), 2 * depthOf(phase, phases), "", phase.name.c_str());
    text.append(line.data(),
                std::min<std::size_t>(static_cast<std::size_t>(length), line.size() - 1));
  }
  return text;
}

}  // namespace cli
