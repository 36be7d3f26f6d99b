#include "cli/targets.h"

#include <algorithm>
#include <cstdio>

#include "base/file.h"
#include "cli/filters.h"
#include "kernel/signal.h"

namespace cli {
namespace {

std::string idFromFile(const std::string& file) {
  return std::string(trim(readFile(file)));
}

template <typename Summary>
const Summary& newest(const std::vector<Summary>& all, const char* what) {
  const auto found = std::max_element(
      all.begin(), all.end(),
      [](const Summary& one, const Summary& other) { return one.created < other.created; });
  if (found == all.end()) {
    throw Error(ErrorKind::not_found, cat("--latest: there is no ", what));
  }
  return *found;
}

/// Exactly one way of selecting must have been used.
void checkSelection(const Options& options, std::size_t arguments, bool all, bool latest,
                    bool others) {
  const int ways = (all ? 1 : 0) + (latest ? 1 : 0) + (arguments > 0 || others ? 1 : 0);
  if (ways > 1) {
    throw options.usageError("names, --all and --latest exclude one another");
  }
  if (ways == 0) {
    throw options.usageError("you must provide at least one name or id");
  }
}

}  // namespace

engine::ContainerSummary latestContainer(engine::Engine& engine) {
  auto all = engine.listContainers();
  std::erase_if(all, [](const engine::ContainerSummary& container) { return container.infra; });
  return newest(all, "container");
}

engine::PodSummary latestPod(engine::Engine& engine) {
  return newest(engine.listPods(), "pod");
}

std::string takeContainer(Invocation& invocation, const Options& options, bool latest,
                          std::vector<std::string>& arguments) {
  if (latest) {
    return latestContainer(invocation.engine()).id;
  }
  if (arguments.empty()) {
    throw options.usageError(cat("`peapod ", options.command(),
                                 "` requires the name or ID of a container, or --latest"));
  }
  std::string name = arguments.front();
  arguments.erase(arguments.begin());
  return name;
}

std::string takePod(Invocation& invocation, const Options& options, bool latest,
                    std::vector<std::string>& arguments) {
  if (latest) {
    return latestPod(invocation.engine()).id;
  }
  if (arguments.empty()) {
    throw options.usageError(
        cat("`peapod ", options.command(), "` requires the name or ID of a pod, or --latest"));
  }
  std::string name = arguments.front();
  arguments.erase(arguments.begin());
  return name;
}

ContainerTargets::ContainerTargets(Options& options, const Choices& choices)
    : options_(options), infra_(choices.infra) {
  if (!choices.all.empty()) {
    options.flag(choices.allNames, all_, choices.all);
  }
  options.flag("-l --latest", latest_, "Act on the latest container");
  if (choices.ignore) {
    options.flag("-i --ignore", ignore_, "Ignore containers that do not exist");
  }
  if (!choices.filterNames.empty()) {
    options.commaList(choices.filterNames, filters_,
                      "Act on the containers that meet the conditions");
  }
  if (choices.cidFile) {
    options.list("--cidfile", cidFiles_, "Read a container's id from the file");
  }
}

std::vector<std::string> ContainerTargets::resolve(Invocation& invocation,
                                                   const std::vector<std::string>& arguments,
                                                   const Condition& condition) const {
  std::vector<std::string> targets = arguments;
  for (const auto& file : cidFiles_) {
    try {
      targets.push_back(idFromFile(file));
    } catch (const Error& error) {
      if (!(ignore_ && error.code() == ENOENT)) {
        throw error.within("option --cidfile");
      }
    }
  }
  checkSelection(options_, arguments.size(), all_ && filters_.empty(), latest_,
                 !cidFiles_.empty() || !filters_.empty());
  auto& engine = invocation.engine();
  if (latest_) {
    targets.push_back(latestContainer(engine).id);
  }
  if (all_ || !filters_.empty()) {
    const auto containers = engine.listContainers();
    const ContainerFilters filters(filters_, containers);
    for (const auto& container : containers) {
      if ((infra_ || !container.infra) && condition(container) && filters.matches(container)) {
        targets.push_back(container.id);
      }
    }
  }
  return targets;
}

PodTargets::PodTargets(Options& options, const Choices& choices) : options_(options) {
  options.flag("-a --all", all_, choices.all);
  options.flag("-l --latest", latest_, "Act on the latest pod");
  if (choices.ignore) {
    options.flag("-i --ignore", ignore_, "Ignore pods that do not exist");
  }
  if (choices.podIdFile) {
    options.list("--pod-id-file", podIdFiles_, "Read a pod's id from the file");
  }
}

std::vector<std::string> PodTargets::resolve(Invocation& invocation,
                                             const std::vector<std::string>& arguments,
                                             const Condition& condition) const {
  std::vector<std::string> targets = arguments;
  for (const auto& file : podIdFiles_) {
    targets.push_back(within("option --pod-id-file", [&] { return idFromFile(file); }));
  }
  checkSelection(options_, arguments.size(), all_, latest_, !podIdFiles_.empty());
  auto& engine = invocation.engine();
  if (latest_) {
    targets.push_back(latestPod(engine).id);
  }
  if (all_) {
    for (const auto& pod : engine.listPods()) {
      if (condition(pod)) {
        targets.push_back(pod.id);
      }
    }
  }
  return targets;
}

int forEach(const std::vector<std::string>& targets, Each how,
            const std::function<void(const std::string&)>& action,
            const std::function<int(ErrorKind)>& status) {
  int result = 0;
  for (const auto& target : targets) {
    try {
      action(target);
      if (how.print) {
        printLine(target);
      }
    } catch (const Error& error) {
      if (!(how.ignoreMissing && error.kind() == ErrorKind::not_found)) {
        printError(error.what());
        // Not being there is the mildest of failures: it must not hide another one.
        result =
            result == 0 || error.kind() != ErrorKind::not_found ? status(error.kind()) : result;
      }
    }
  }
  return result;
}

int forEachPod(Invocation& invocation, const std::vector<std::string>& pods, bool ignoreMissing,
               const std::function<void(engine::Engine&, const std::string& id)>& action,
               const std::function<int(ErrorKind)>& status) {
  const auto byId = [&](const std::string& pod) {
    auto& engine = invocation.engine();
    const std::string id = engine.podId(pod);
    action(engine, id);
    printLine(id);
  };
  return forEach(pods, {.ignoreMissing = ignoreMissing, .print = false}, byId, status);
}

int existence(const std::function<void()>& lookUp) {
  try {
    lookUp();
    return 0;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      return 1;
    }
    throw;
  }
}

void printLine(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

int parseSignal(const std::string& text) {
  if (const auto signal = signalByName(text)) {
    return *signal;
  }
  throw Error(ErrorKind::invalid,
              cat("invalid signal \"", text, "\": it must be a name such as TERM, or a number"));
}

bool isRunning(const engine::ContainerSummary& container) {
  return container.state.status == "running" || container.state.status == "paused" ||
         container.state.status == "stopping";
}

}  // namespace cli
