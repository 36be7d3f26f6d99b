#include "cli/stats.h"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "cli/all_commands.h"
#include "cli/listing.h"
#include "cli/targets.h"

namespace cli {
namespace {

using engine::Usage;

/// What earlier samples had, by the id (a pod's total has the pod's).
using Samples = std::map<std::string, Usage>;

using Fields = std::vector<Field<ShownUsage>>;

Json rowsOf(const StatsOptions& options, const StatsView& view, const Fields& fields,
            const std::vector<Usage>& samples, const Samples& before) {
  const bool json = isJsonFormat(options.format);
  Json rows = Json::array();
  for (const Usage& usage : samples) {
    const auto earlier = before.find(usage.id);
    const double percent =
        usage.running ? cpuPercent(usage, earlier == before.end() ? nullptr : &earlier->second) : 0;
    const ShownUsage shown{usage, percent, json || !options.noTrunc};
    rows.push_back(json ? view.document(shown) : rowOf(fields, shown));
  }
  return rows;
}

const StatsView containerView{
    "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}"
    "\t{{.PIDS}}\t{{.UpTime}}\t{{.AVGCPU}}",
    {{"ID", "ID"},
     {"CPUPerc", "CPU %"},
     {"AVGCPU", "AVG CPU %"},
     {"UpTime", "CPU TIME"},
     {"MemUsage", "MEM USAGE / LIMIT"},
     {"MemUsageBytes", "MEM USAGE / LIMIT"},
     {"MemPeak", "MEM PEAK"},
     {"MemPerc", "MEM %"},
     {"NetIO", "NET IO"},
     {"BlockIO", "BLOCK IO"},
     {"PIDS", "PIDS"}},
    usageFields,
    usageDocument};

}  // namespace

void StatsOptions::addTo(Options& options, const std::string& allOf, const std::string& latestOf) {
  options.flag("-a --all", all, allOf);
  options.text("--format", format, "Print as JSON, or by a Go template");
  options.number("-i --interval", interval, "Seconds between two reports");
  options.flag("--no-reset", noReset, "Do not clear the terminal before each report");
  options.flag("--no-stream", noStream, "Print one report and end");
  options.flag("--no-trunc", noTrunc, "Do not cut ids short");
  options.flag("-l --latest", latest, latestOf);
}

std::vector<std::string> StatsOptions::parse(Invocation& invocation, Options& options,
                                             const std::string& objects) const {
  auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (interval == 0) {
    throw Error(ErrorKind::invalid, "option --interval: it must be at least 1 second");
  }
  if ((all && (latest || !names.empty())) || (latest && !names.empty())) {
    throw options.usageError(cat("--all, --latest and ", objects, " exclude each other"));
  }
  return names;
}

int printStats(const StatsOptions& options, const StatsView& view,
               const std::function<std::vector<Usage>(CgroupStats::Extent)>& sample) {
  constexpr const char* clearScreen = "\033[2J\033[H";
  const bool clears = !options.noStream && !options.noReset && isatty(STDOUT_FILENO) == 1;
  const bool json = isJsonFormat(options.format);
  const ListFormat format(options.format.empty() ? view.defaultFormat : options.format);
  const Fields fields = fieldsFor(format, view.fields());
  // The documents have nothing of the rest.
  const auto extent = json ? CgroupStats::Extent::usual : extentOf(fields);
  Samples before;
  while (true) {
    const std::vector<Usage> samples = sample(extent);
    const Json rows = rowsOf(options, view, fields, samples, before);
    printText(clears ? clearScreen : "");
    printText(json ? printJson(rows, 1) + "\n" : format.render(rows, view.headers));
    if (std::fflush(stdout) != 0 || options.noStream) {
      return 0;
    }
    before.clear();
    for (const Usage& usage : samples) {
      before.emplace(usage.id, usage);
    }
    std::this_thread::sleep_for(std::chrono::seconds(options.interval));
  }
}

int statsCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [CONTAINER...]");
  options.example("--all --no-stream");
  options.example("ctrID");
  options.example("--no-stream --format \"table {{.ID}}\\t{{.Name}}\\t{{.MemUsage}}\" ctrID");
  StatsOptions wanted;
  wanted.addTo(options, "Show containers that do not run, too", "Show the latest container");
  auto names = wanted.parse(invocation, options, "containers");
  const bool all = names.empty() && !wanted.latest;
  auto& engine = invocation.engine(all ? engine::Purpose::usage : engine::Purpose::any);
  if (wanted.latest) {
    names.push_back(latestContainer(engine).id);
  }
  return printStats(wanted, containerView, [&](CgroupStats::Extent extent) {
    return engine.usage(names, wanted.all, extent);
  });
}

}  // namespace cli
