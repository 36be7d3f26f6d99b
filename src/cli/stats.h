#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/format.h"

/// What `stats` and `pod stats` have in common: Podman's options and fields, and the repetition.
namespace cli {

struct StatsOptions {
  bool all = false, latest = false, noStream = false, noReset = false, noTrunc = false;
  unsigned interval = 5;  ///< seconds
  std::string format;

  void addTo(Options& options, const std::string& allOf, const std::string& latestOf);
  /// The line's names. Error (invalid) for an interval of 0; `objects` are what the names are of,
  /// of which there may be only one selection.
  std::vector<std::string> parse(Invocation& invocation, Options& options,
                                 const std::string& objects) const;
};

/// How one of the two commands prints its samples.
struct StatsView {
  std::string defaultFormat;
  Headers headers;
  /// Fields of a template, and the object of `--format json`; percent is that of one processor.
  Json (*row)(const engine::Usage& usage, double percent, bool truncate);
  Json (*document)(const engine::Usage& usage, double percent);
};

/// Prints what `sample` gives: once, or again after each interval until it is interrupted or nobody
/// reads it any more. A terminal shows one report at a time. The exit status.
int printStats(const StatsOptions& options, const StatsView& view,
               const std::function<std::vector<engine::Usage>()>& sample);

/// Fields of a container's row.
Json usageRow(const engine::Usage& usage, double percent, bool truncate);
Json usageDocument(const engine::Usage& usage, double percent);
/// The same for `pod stats`.
Json podUsageRow(const engine::Usage& usage, double percent, bool truncate);
Json podUsageDocument(const engine::Usage& usage, double percent);

}  // namespace cli
