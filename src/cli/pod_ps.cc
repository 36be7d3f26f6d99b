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

using engine::PodSummary;

const Headers podHeaders{
    {"ID", "POD ID"},        {"InfraID", "INFRA ID"},     {"NumberOfContainers", "# OF CONTAINERS"},
    {"ContainerIds", "IDS"}, {"ContainerNames", "NAMES"}, {"ContainerStatuses", "STATUS"}};

struct PodPsOptions {
  bool ids = false, names = false, statuses = false, latest = false, noTrunc = false,
       noHeading = false, ns = false, quiet = false;
  std::vector<std::string> filters;
  std::string format, sort = "created";

  void addTo(Options& options) {
    options.flag("--ctr-ids", ids, "Show the ids of the containers");
    options.flag("--ctr-names", names, "Show the names of the containers");
    options.flag("--ctr-status", statuses, "Show the states of the containers");
    options.commaList("-f --filter", filters, "Show the pods that meet the conditions");
    options.text("--format", format, "Print as JSON, or by a Go template");
    options.flag("-l --latest", latest, "Show the latest pod");
    options.flag("--no-trunc", noTrunc, "Do not cut ids short");
    options.flag("--noheading", noHeading, "Do not print headers");
    options.flag("--ns", ns, "Show the namespaces that the pods share");
    options.flag("-q --quiet", quiet, "Print the ids of the pods only");
    options.text("--sort", sort, "Sort by created, id, name, status or number");
  }
};

void sortPods(std::vector<PodSummary>& pods, const std::string& key) {
  const auto by = [&](auto less) { std::stable_sort(pods.begin(), pods.end(), less); };
  if (key == "created") {
    by([](const PodSummary& one, const PodSummary& other) { return one.created > other.created; });
  } else if (key == "id") {
    by([](const PodSummary& one, const PodSummary& other) { return one.id < other.id; });
  } else if (key == "name") {
    by([](const PodSummary& one, const PodSummary& other) { return one.name < other.name; });
  } else if (key == "status") {
    by([](const PodSummary& one, const PodSummary& other) { return one.status < other.status; });
  } else if (key == "number") {
    by([](const PodSummary& one, const PodSummary& other) {
      return one.containers.size() < other.containers.size();
    });
  } else {
    throw Error(ErrorKind::invalid,
                cat("invalid value \"", key,
                    "\" for --sort: it must be created, id, name, status or number"));
  }
}

std::vector<PodSummary> select(engine::Engine& engine, const PodPsOptions& wanted,
                               const std::vector<std::string>& names) {
  const PodFilters filters(wanted.filters);
  auto pods = engine.listPods();
  std::erase_if(pods, [&](const PodSummary& pod) {
    const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return pod.name == name || (!name.empty() && pod.id.starts_with(name));
    });
    return !((names.empty() || named) && filters.matches(pod));
  });
  if (wanted.latest && !pods.empty()) {
    sortPods(pods, "created");
    pods.erase(pods.begin() + 1, pods.end());
  }
  sortPods(pods, wanted.sort);
  return pods;
}

/// The namespaces that a pod shares, from its document: "ipc,net,uts".
std::string sharedNamespaces(engine::Engine& engine, const PodSummary& pod) {
  std::vector<std::string> names;
  readMember(engine.inspectPod(pod.id), "SharedNamespaces", names);
  return join(names, ",");
}

std::string defaultFormat(const PodPsOptions& wanted) {
  if (wanted.quiet) {
    return "{{.ID}}";
  }
  std::string format = "table {{.ID}}\t{{.Name}}\t{{.Status}}\t{{.Created}}\t{{.InfraID}}";
  format += wanted.ids ? "\t{{.ContainerIds}}" : "";
  format += wanted.names ? "\t{{.ContainerNames}}" : "";
  format += wanted.statuses ? "\t{{.ContainerStatuses}}" : "";
  format += wanted.ids || wanted.names || wanted.statuses ? "" : "\t{{.NumberOfContainers}}";
  format += wanted.ns ? "\t{{.Cgroup}}\t{{.Namespaces}}" : "";
  return format;
}

}  // namespace

int podPsCommand(Invocation& invocation) {
  auto options = invocation.options("[options] [POD...]");
  options.example("");
  options.example("--ctr-names my-pod");
  options.example("--format \"{{.Name}} {{.Status}}\" --filter status=running");
  PodPsOptions wanted;
  wanted.addTo(options);
  const auto names = options.parse(invocation.line, Options::Order::anywhere);
  if (wanted.quiet && !wanted.format.empty()) {
    throw options.usageError("options --quiet and --format exclude each other");
  }
  auto& engine = invocation.engine(engine::Purpose::list);
  const bool json = isJsonFormat(wanted.format);
  const ListFormat format(wanted.format.empty() ? defaultFormat(wanted) : wanted.format);
  const ListStyle style{
      .truncate = !wanted.noTrunc,
      .namespaces = wanted.ns || wanted.format.find("Namespaces") != std::string::npos};
  const auto fields = fieldsFor(format, podFields(style));
  Json rows = Json::array();
  for (const auto& pod : select(engine, wanted, names)) {
    if (json) {
      rows.push_back(podDocument(pod));
      continue;
    }
    const std::string shared = style.namespaces ? sharedNamespaces(engine, pod) : "";
    rows.push_back(rowOf(fields, ShownPod{pod, style, shared}));
  }
  printText(format.render(rows, podHeaders, wanted.noHeading));
  return 0;
}

}  // namespace cli
