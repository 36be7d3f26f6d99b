#include <algorithm>

#include "base/json.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/filters.h"
#include "cli/format.h"
#include "cli/listing.h"
#include "cli/targets.h"

namespace cli {
namespace {

using engine::ContainerSummary;

const Headers containerHeaders{
    {"ID", "CONTAINER ID"},  {"CreatedHuman", "CREATED"},   {"Pod", "POD ID"},
    {"PodName", "PODNAME"},  {"Cgroup", "CGROUPNS"},        {"CreatedAt", "CREATED AT"},
    {"ImageID", "IMAGE ID"}, {"RunningFor", "RUNNING FOR"}, {"ExitCode", "EXIT CODE"}};

struct PsOptions {
  bool all = false, latest = false, noTrunc = false, noHeading = false, ns = false, pod = false,
       quiet = false, size = false;
  int last = -1;
  std::vector<std::string> filters;
  std::string format, sort = "created";

  void addTo(Options& options) {
    options.flag("-a --all", all, "Show all the containers, not only running ones");
    options.commaList("-f --filter", filters, "Show the containers that meet the conditions");
    options.text("--format", format, "Print as JSON, or by a Go template");
    options.number("-n --last", last, "Show the n last created containers (all states)");
    options.flag("-l --latest", latest, "Show the latest container");
    options.flag("--no-trunc", noTrunc, "Do not cut anything short");
    options.flag("--noheading", noHeading, "Do not print headers");
    options.flag("--ns", ns, "Show the containers' namespaces");
    options.flag("-p --pod", pod, "Show the id and the name of each container's pod");
    options.flag("-q --quiet", quiet, "Print the ids of the containers only");
    options.flag("-s --size", size, "Show what the containers have written, and all that they see");
    options.text("--sort", sort,
                 "Sort by command, created, id, image, names, runningfor, size or status",
                 "choice");
    options.accept("--external", false);
    options.accept("--sync", false);
    options.notYet("-w --watch");
  }
};

std::function<bool(const ContainerSummary&, const ContainerSummary&)> order(
    engine::Engine& engine, const std::string& key) {
  const auto by = [](auto read) {
    return [read](const ContainerSummary& one, const ContainerSummary& other) {
      return read(one) < read(other);
    };
  };
  if (key == "created" || key == "runningfor") {
    return by([](const ContainerSummary& container) { return container.created; });
  }
  if (key == "id") {
    return by([](const ContainerSummary& container) { return container.id; });
  }
  if (key == "image") {
    return by([](const ContainerSummary& container) { return container.image; });
  }
  if (key == "names") {
    return by([](const ContainerSummary& container) { return container.name; });
  }
  if (key == "command") {
    return by([](const ContainerSummary& container) { return container.command; });
  }
  if (key == "status") {
    return by([](const ContainerSummary& container) { return container.state.status; });
  }
  if (key == "size") {
    return by([&engine](const ContainerSummary& container) {
      return engine.containerSize(container).written;
    });
  }
  throw Error(ErrorKind::invalid,
              cat("invalid value \"", key,
                  "\" for --sort: it must be command, created, id, image, names, runningfor, size "
                  "or status"));
}

std::vector<ContainerSummary> select(engine::Engine& engine, const PsOptions& wanted) {
  const auto less = order(engine, wanted.sort);
  auto containers = engine.listContainers();
  const ContainerFilters filters(wanted.filters, containers);
  const int last = wanted.latest ? 1 : wanted.last;
  const bool all = wanted.all || last >= 0 || filters.namesStatus();
  std::erase_if(containers, [&](const ContainerSummary& container) {
    return !((all || isRunning(container)) && filters.matches(container));
  });
  std::stable_sort(containers.begin(), containers.end(),
                   [](const auto& one, const auto& other) { return one.created < other.created; });
  if (last >= 0 && containers.size() > static_cast<std::size_t>(last)) {
    containers.erase(containers.begin(), containers.end() - last);
  }
  std::stable_sort(containers.begin(), containers.end(), less);
  return containers;
}

std::string defaultFormat(const PsOptions& wanted) {
  if (wanted.quiet) {
    return "{{.ID}}";
  }
  if (wanted.ns) {
    return "table "
           "{{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.Cgroup}}\t{{.IPC}}\t{{.MNT}}\t{{.NET}}\t{{.PIDNS}}"
           "\t{{.USERNS}}\t{{.UTS}}";
  }
  return cat(
      "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t{{.Status}}\t{{.Ports}}"
      "\t{{.Names}}",
      wanted.pod ? "\t{{.Pod}}\t{{.PodName}}" : "", wanted.size ? "\t{{.Size}}" : "");
}

}  // namespace

int psCommand(Invocation& invocation) {
  auto options = invocation.options("[options]");
  options.arguments(0, 0);
  options.example("-a");
  options.example("-a --format \"{{.ID}}  {{.Image}}  {{.Labels}}\"");
  options.example("--sort names --filter status=exited");
  PsOptions wanted;
  wanted.addTo(options);
  options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.quiet && !wanted.format.empty() && !isJsonFormat(wanted.format)) {
    throw options.usageError("options --quiet and --format exclude each other");
  }
  if (wanted.latest && wanted.last >= 0) {
    throw options.usageError("options --latest and --last exclude each other");
  }
  const auto asks = [&](const char* field) {
    return wanted.format.find(field) != std::string::npos;
  };
  const bool json = isJsonFormat(wanted.format);
  ListStyle style{.truncate = !wanted.noTrunc, .namespaces = wanted.ns || asks("Namespaces")};
  const ListFormat format(wanted.format.empty() ? defaultFormat(wanted) : wanted.format);
  const auto fields = fieldsFor(format, containerFields(style));
  Json rows = Json::array();
  for (const auto& container : select(invocation.engine(engine::Purpose::list), wanted)) {
    if (wanted.size || asks(".Size")) {
      style.size = invocation.engine().containerSize(container);
    }
    rows.push_back(json ? containerDocument(container, style)
                        : rowOf(fields, ShownContainer{container, style}));
  }
  printText(format.render(rows, containerHeaders, wanted.noHeading));
  return 0;
}

}  // namespace cli
