#include "keeper/events.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/id.h"
#include "base/json.h"
#include "cli/all_commands.h"
#include "cli/commands.h"
#include "cli/filters.h"
#include "cli/format.h"
#include "cli/listing.h"
#include "cli/log_output.h"
#include "cli/targets.h"

namespace cli {
namespace {

struct EventOptions {
  std::vector<std::string> filters;
  std::string format, since, until;
  bool stream = true, noTrunc = true;

  void addTo(Options& options) {
    options.commaList("-f --filter", filters,
                      "Show the events that meet the conditions: container, pod, image, event or "
                      "type=VALUE");
    options.text("--format", format, "Print as JSON, or by a Go template");
    options.flag("--no-trunc", noTrunc, "Do not cut ids short");
    options.text("--since", since, "Show events since this time, or a duration before now");
    options.flag("--stream", stream, "Go on with the events to come");
    options.text("--until", until, "Show events until this time, or a duration before now");
  }

  keeper::LogRange range() const {
    keeper::LogRange range = timeRange(since, until);
    if (stream && since.empty() && until.empty()) {
      range.since = now();
    }
    return range;
  }
};

/// As podman-events(1): one of the values of each key.
class EventFilters {
 public:
  EventFilters(const std::vector<std::string>& texts, engine::Engine& engine) {
    for (const std::string& text : texts) {
      auto [key, value] = splitFilter(text);
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        throw Error(ErrorKind::invalid,
                    cat(key, " is an invalid filter: container, event, image, pod or type"));
      }
      if (key == "pod") {
        value = podId(engine, value);
      }
      wanted_[key].push_back(std::move(value));
    }
  }

  bool match(const keeper::Event& event) const {
    return std::all_of(wanted_.begin(), wanted_.end(), [&](const auto& row) {
      return std::any_of(row.second.begin(), row.second.end(),
                         [&](const std::string& value) { return meets(event, row.first, value); });
    });
  }

 private:
  static constexpr std::array<std::string_view, 5> keys{"container", "event", "image", "pod",
                                                        "type"};

  /// The pod may be gone, and its events still there.
  static std::string podId(engine::Engine& engine, const std::string& pod) {
    try {
      return engine.podId(pod);
    } catch (const Error&) {
      return pod;
    }
  }

  static bool names(const std::string& id, const std::string& name, const std::string& value) {
    return name == value || (!value.empty() && id.starts_with(value));
  }

  static bool meets(const keeper::Event& event, const std::string& key, const std::string& value) {
    if (key == "container") {
      return event.type == "container" && names(event.id, event.name, value);
    }
    if (key == "pod") {
      return event.type == "pod" ? names(event.id, event.name, value)
                                 : !value.empty() && event.pod.starts_with(value);
    }
    if (key == "image") {
      return event.image == value || event.image.starts_with(value + ":") ||
             event.image.ends_with("/" + value) ||
             event.image.find("/" + value + ":") != std::string::npos;
    }
    return (key == "event" ? event.status : event.type) == value;
  }

  std::map<std::string, std::vector<std::string>> wanted_;
};

Json attributes(const keeper::Event& event) {
  Json json = Json::object();
  if (!event.pod.empty()) {
    json["pod_id"] = event.pod;
  }
  if (!event.limit.empty()) {
    json["limit"] = event.limit;
  }
  return json;
}

Json row(const keeper::Event& event, const std::string& id, Time time) {
  Json json{{"ID", id},
            {"Image", event.image},
            {"Name", event.name},
            {"Status", event.status},
            {"Time", formatLocalTime(time)},
            {"Type", event.type},
            {"Attributes", attributes(event)}};
  if (event.exitCode) {
    json["ContainerExitCode"] = *event.exitCode;
  }
  return json;
}

/// Podman's line: "TIME container died ID (image=I, name=N, ...)".
std::string line(const keeper::Event& event, const std::string& id, Time time) {
  std::string text = cat(goTime(time), " ", event.type, " ", event.status, " ", id,
                         " (image=", event.image, ", name=", event.name);
  const Json more = attributes(event);
  for (const auto& [key, value] : more.items()) {
    text += cat(", ", key, "=", value.get<std::string>());
  }
  if (event.exitCode) {
    text += cat(", exit_code=", *event.exitCode);
  }
  return text + ")";
}

}  // namespace

int eventsCommand(Invocation& invocation) {
  auto options = invocation.options("[options]");
  options.arguments(0, 0);
  options.describe(
      "Shows what happens to containers and pods: create, start, oom, died, pause, unpause, stop "
      "and remove. Without --since or --until what happens from now on; nothing is kept across "
      "a reboot.");
  options.example("--filter event=oom --format json");
  options.example("--since 1h --stream=false");
  EventOptions wanted;
  wanted.addTo(options);
  options.parse(invocation.line, Options::Order::anywhere);
  const EventFilters filters(wanted.filters, invocation.engine());
  const bool json = isJsonFormat(wanted.format);
  const auto format =
      json || wanted.format.empty() ? std::nullopt : std::optional(Template::parse(wanted.format));
  keeper::readEvents(
      invocation.layout, wanted.range(), wanted.stream, [&](const keeper::Event& event, Time time) {
        if (!filters.match(event)) {
          return;
        }
        const std::string id = wanted.noTrunc ? event.id : std::string(shortId(event.id));
        printLine(json     ? printJson(row(event, id, time))
                  : format ? format->run(row(event, id, time))
                           : line(event, id, time));
        std::fflush(stdout);
      });
  return 0;
}

}  // namespace cli
