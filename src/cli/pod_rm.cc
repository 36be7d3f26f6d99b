#include <sys/resource.h>

#include <algorithm>

#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/targets.h"

namespace cli {

namespace {

/// Many end at the same time, but not more than we may have sockets.
std::size_t endingAtOnce() {
  constexpr rlim_t most = 512;
  rlimit files{};
  return getrlimit(RLIMIT_NOFILE, &files) == 0 ? std::clamp<rlim_t>(files.rlim_cur / 2, 1, most)
                                               : 64;
}

}  // namespace

int podRmCommand(Invocation& invocation) {
  auto options = invocation.options("[options] POD [POD...]");
  options.example("mywebserverpod");
  options.example("-f -a");
  PodTargets targets(options, {.all = "Remove all pods", .ignore = true, .podIdFile = true});
  bool force = false;
  options.flag("-f --force", force, "Remove the pod with all its containers, running or not");
  std::optional<unsigned> seconds;
  options.number(
      "-t --time --timeout", seconds,
      "Seconds to wait before containers are killed (their own stop timeouts if not given)");
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (seconds && !force) {
    throw options.usageError("option --time needs --force");
  }
  const auto any = [](const engine::PodSummary&) { return true; };
  const auto pods = targets.resolve(invocation, names, any);
  const auto remove = [&](engine::Engine& engine, const std::string& id) {
    engine.removePod(id, force, seconds);
  };
  const std::size_t atOnce = endingAtOnce();
  int status = 0;
  for (std::size_t begin = 0; begin < pods.size(); begin += atOnce) {
    const std::vector<std::string> some(
        pods.begin() + static_cast<std::ptrdiff_t>(begin),
        pods.begin() + static_cast<std::ptrdiff_t>(std::min(begin + atOnce, pods.size())));
    if (force && some.size() > 1) {
      invocation.engine().beginRemovingPods(some, seconds);
    }
    status = std::max(status, forEachPod(invocation, some, targets.ignoresMissing() || force,
                                         remove, removalStatus));
    invocation.engine().endRemovingPods();
  }
  return status;
}

}  // namespace cli
