#include "cli/all_commands.h"
#include "cli/stats.h"
#include "cli/targets.h"

namespace cli {
namespace {

const StatsView podView{
    "table {{.Pod}}\t{{.CID}}\t{{.Name}}\t{{.CPU}}\t{{.MemUsage}}\t{{.Mem}}\t{{.NetIO}}"
    "\t{{.BlockIO}}\t{{.PIDS}}",
    {{"Pod", "POD"},
     {"CID", "CID"},
     {"CPU", "CPU %"},
     {"MemUsage", "MEM USAGE/ LIMIT"},
     {"MemUsageBytes", "MEM USAGE/ LIMIT"},
     {"Mem", "MEM %"},
     {"NetIO", "NET IO"},
     {"BlockIO", "BLOCK IO"},
     {"PIDS", "PIDS"}},
    podUsageFields,
    podUsageDocument};

}  // namespace

int podStatsCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [POD...]");
  options.example("");
  options.example("podID named-pod");
  options.example("--no-stream --format json podID");
  StatsOptions wanted;
  wanted.addTo(options, "Show all running pods, as without any POD", "Show the latest pod");
  auto names = wanted.parse(invocation, options, "pods");
  const bool all = names.empty() && !wanted.latest;
  auto& engine = invocation.engine(all ? engine::Purpose::usage : engine::Purpose::any);
  if (wanted.latest) {
    names.push_back(latestPod(engine).id);
  }
  return printStats(wanted, podView,
                    [&](CgroupStats::Extent extent) { return engine.podUsage(names, extent); });
}

}  // namespace cli
