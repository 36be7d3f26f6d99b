#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/fields.h"

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

/// What a row shows; percent is that of one processor.
struct ShownUsage {
  const engine::Usage& usage;
  double percent;
  bool truncate;  ///< ids
};

/// How one of the two commands prints its samples.
struct StatsView {
  std::string defaultFormat;
  Headers headers;
  std::vector<Field<ShownUsage>> (*fields)();  ///< of a template
  /// The object of `--format json`.
  Json (*document)(const ShownUsage& shown);
};

/// Prints what `sample` gives, of the extent that the format needs: once, or again after each
/// interval until it is interrupted or nobody reads it any more. A terminal shows one report at a
/// time. The exit status.
int printStats(const StatsOptions& options, const StatsView& view,
               const std::function<std::vector<engine::Usage>(CgroupStats::Extent)>& sample);

/// Of a container in `stats`, and in `pod stats`.
std::vector<Field<ShownUsage>> usageFields();
/// What has to be read for these of them.
CgroupStats::Extent extentOf(const std::vector<Field<ShownUsage>>& fields);
Json usageDocument(const ShownUsage& shown);
std::vector<Field<ShownUsage>> podUsageFields();
Json podUsageDocument(const ShownUsage& shown);

}  // namespace cli
