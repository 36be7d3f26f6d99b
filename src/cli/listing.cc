#include "cli/listing.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/id.h"
#include "base/json.h"
#include "cli/ports.h"
#include "cli/units.h"

namespace cli {
namespace {

using engine::ContainerSummary;
using engine::PodSummary;

constexpr std::size_t shownCommand = 17;  ///< and "...", as in Podman's column
/// The zero time of Go in seconds since the epoch: what Podman shows for "never".
constexpr std::int64_t goZero = -62135596800;

Time fromNanoseconds(std::int64_t count) {
  return Time(std::chrono::nanoseconds(count));
}

std::int64_t seconds(std::int64_t nanoseconds) {
  return nanoseconds == 0 ? goZero : nanoseconds / 1'000'000'000;
}

std::int64_t seconds(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string capitalized(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

/// "4026531836", from the link "net:[4026531836]".
std::string namespaceNumber(pid_t pid, const char* kind) {
  std::array<char, 64> link{};
  const std::string path = cat("/proc/", pid, "/ns/", kind);
  const ssize_t length = pid > 0 ? readlink(path.c_str(), link.data(), link.size()) : -1;
  if (length <= 0) {
    return "";
  }
  const std::string_view text(link.data(), static_cast<std::size_t>(length));
  const std::size_t open = text.find('['), close = text.find(']');
  return open == std::string_view::npos || close == std::string_view::npos
             ? ""
             : std::string(text.substr(open + 1, close - open - 1));
}

/// Fields of ps, and the links' names in /proc/PID/ns.
struct NamespaceField {
  const char *name, *kind;
};
constexpr std::array<NamespaceField, 7> namespaceFields{{{"Cgroup", "cgroup"},
                                                         {"IPC", "ipc"},
                                                         {"MNT", "mnt"},
                                                         {"NET", "net"},
                                                         {"PIDNS", "pid"},
                                                         {"USERNS", "user"},
                                                         {"UTS", "uts"}}};

Json namespaceNumbers(pid_t pid) {
  Json numbers = Json::object();
  for (const NamespaceField& field : namespaceFields) {
    numbers[field.name] = namespaceNumber(pid, field.kind);
  }
  return numbers;
}

Json portDocuments(const std::vector<network::PublishedPort>& ports) {
  if (ports.empty()) {
    return nullptr;
  }
  Json out = Json::array();
  for (const auto& port : ports) {
    out.push_back({{"host_ip", port.hostIp},
                   {"container_port", port.containerPort},
                   {"host_port", port.hostPort},
                   {"range", 1},
                   {"protocol", port.protocol}});
  }
  return out;
}

std::string sizeText(const std::optional<engine::ContainerSize>& size) {
  return size ? cat(compactSize(size->written), " (virtual ", compactSize(size->whole), ")") : "";
}

/// A list of one property of a pod's containers.
template <typename Read>
std::string joined(const PodSummary& pod, Read read) {
  std::vector<std::string> texts;
  for (const auto& container : pod.containers) {
    texts.push_back(read(container));
  }
  return join(texts, ",");
}

}  // namespace

std::string ago(Time time) {
  return humanDuration(now() - time) + " ago";
}

std::string goTime(Time time) {
  const std::time_t whole = seconds(time);
  std::tm local{};
  localtime_r(&whole, &local);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%F %T", &local);
  std::string out = text.data();
  const auto nanos = (time.time_since_epoch() % std::chrono::seconds(1)).count();
  if (nanos > 0) {
    std::string digits = std::to_string(nanos);
    digits.insert(0, 9 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    out += cat('.', digits);
  }
  std::strftime(text.data(), text.size(), " %z %Z", &local);
  return out + text.data();
}

static std::string outOfMemory(const keeper::ContainerState& state) {
  if (!state.oomKilled) {
    return "";
  }
  return state.oomLimit.empty() ? " (out of memory)"
                                : cat(" (out of the ", state.oomLimit, "'s memory)");
}

std::string statusText(const keeper::ContainerState& state) {
  if (state.status == "running") {
    return "Up " + humanDuration(now() - fromNanoseconds(state.startedAt));
  }
  if (state.status == "exited") {
    // Where nobody saw the end, its time is not known.
    const std::string when =
        state.finishedAt == 0 ? "" : " " + ago(fromNanoseconds(state.finishedAt));
    return cat("Exited (", state.exitCode, ")", when, outOfMemory(state));
  }
  return capitalized(state.status);
}

std::string commandText(const std::vector<std::string>& command, bool whole) {
  std::string text = join(command, " ");
  if (!whole && text.size() > shownCommand) {
    // Not in the middle of a UTF-8 character.
    std::size_t end = shownCommand;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text = text.substr(0, end) + "...";
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string ListStyle::id(const std::string& full) const {
  return truncate && !full.empty() ? shortId(full) : full;
}

std::vector<Field<ShownContainer>> containerFields(const ListStyle& style) {
  using Of = ShownContainer;
  std::vector<Field<Of>> fields{
      {"ID", [](const Of& of) -> Json { return of.style.id(of.container.id); }},
      {"Names", [](const Of& of) -> Json { return of.container.name; }},
      {"Image", [](const Of& of) -> Json { return of.container.image; }},
      {"ImageID", [](const Of& of) -> Json { return of.container.imageId; }},
      {"Command",
       [](const Of& of) -> Json { return commandText(of.container.command, !of.style.truncate); }},
      {"CreatedAt", [](const Of& of) -> Json { return goTime(of.container.created); }},
      {"Created", [](const Of& of) -> Json { return goTime(of.container.created); }},
      {"CreatedHuman", [](const Of& of) -> Json { return ago(of.container.created); }},
      {"RunningFor", [](const Of& of) -> Json { return ago(of.container.created); }},
      {"Status", [](const Of& of) -> Json { return statusText(of.container.state); }},
      {"State", [](const Of& of) -> Json { return capitalized(of.container.state.status); }},
      {"Ports", [](const Of& of) -> Json { return portsText(of.container.ports); }},
      {"Labels", [](const Of& of) -> Json { return of.container.labels; }},
      {"Label", [](const Of& of) -> Json { return of.container.labels; }},
      {"Pod", [](const Of& of) -> Json { return of.style.id(of.container.pod); }},
      {"PodName", [](const Of& of) -> Json { return of.container.podName; }},
      {"Networks", [](const Of& of) -> Json { return join(of.container.networks, ","); }},
      {"Mounts", [](const Of& of) -> Json { return of.container.mounts; }},
      {"Size", [](const Of& of) -> Json { return sizeText(of.style.size); }},
      {"AutoRemove", [](const Of& of) -> Json { return of.container.remove; }},
      {"Pid", [](const Of& of) -> Json { return of.container.state.pid; }},
      {"ExitCode", [](const Of& of) -> Json { return of.container.state.exitCode; }},
      {"Exited", [](const Of& of) -> Json { return of.container.state.status == "exited"; }},
      {"ExitedAt", [](const Of& of) -> Json { return seconds(of.container.state.finishedAt); }},
      {"StartedAt", [](const Of& of) -> Json { return seconds(of.container.state.startedAt); }},
      {"Restarts", [](const Of& of) -> Json { return of.container.state.restarts; }},
      {"IsInfra", [](const Of& of) -> Json { return of.container.infra; }}};
  if (style.namespaces) {
    fields.push_back(
        {"Namespaces", [](const Of& of) { return namespaceNumbers(of.container.state.pid); }});
    for (const NamespaceField& field : namespaceFields) {
      fields.push_back({field.name, [kind = field.kind](const Of& of) -> Json {
                          return namespaceNumber(of.container.state.pid, kind);
                        }});
    }
  }
  return fields;
}

Json containerDocument(const ContainerSummary& container, const ListStyle& style) {
  const auto& state = container.state;
  Json document{{"AutoRemove", container.remove},
                {"Command", container.command},
                {"CreatedAt", ago(container.created)},
                {"Exited", state.status == "exited"},
                {"ExitedAt", seconds(state.finishedAt)},
                {"ExitCode", state.exitCode},
                {"Id", container.id},
                {"Image", container.image},
                {"ImageID", container.imageId},
                {"IsInfra", container.infra},
                {"Labels", container.labels.empty() ? Json() : Json(container.labels)},
                {"Mounts", container.mounts},
                {"Names", Json::array({container.name})},
                {"Namespaces", Json::object()},
                {"Networks", container.networks},
                {"Pid", state.pid},
                {"Pod", container.pod},
                {"PodName", container.podName},
                {"Ports", portDocuments(container.ports)},
                {"Restarts", state.restarts},
                {"StartedAt", seconds(state.startedAt)},
                {"State", state.status},
                {"Status", statusText(state)},
                {"Created", seconds(container.created)}};
  if (style.size) {
    document["Size"] = {{"rootFsSize", style.size->whole}, {"rwSize", style.size->written}};
  }
  return document;
}

std::vector<Field<ShownPod>> podFields(const ListStyle& style) {
  using Of = ShownPod;
  std::vector<Field<Of>> fields{
      {"ID", [](const Of& of) -> Json { return of.style.id(of.pod.id); }},
      {"Name", [](const Of& of) -> Json { return of.pod.name; }},
      {"Status", [](const Of& of) -> Json { return of.pod.status; }},
      {"Created", [](const Of& of) -> Json { return ago(of.pod.created); }},
      {"InfraID", [](const Of& of) -> Json { return of.style.id(of.pod.infraId); }},
      {"NumberOfContainers",
       [](const Of& of) -> Json { return of.pod.containers.size() + (of.pod.hasInfra ? 1 : 0); }},
      {"ContainerIds",
       [](const Of& of) -> Json {
         return joined(of.pod, [&](const auto& container) { return of.style.id(container.id); });
       }},
      {"ContainerNames",
       [](const Of& of) -> Json {
         return joined(of.pod, [](const auto& container) { return container.name; });
       }},
      {"ContainerStatuses",
       [](const Of& of) -> Json {
         return joined(of.pod, [](const auto& container) { return container.state.status; });
       }},
      {"Cgroup", [](const Of& of) -> Json { return of.pod.cgroup; }},
      {"Labels", [](const Of& of) -> Json { return of.pod.labels; }},
      {"Label", [](const Of& of) -> Json { return of.pod.labels; }},
      {"Networks", [](const Of& of) -> Json { return join(of.pod.networks, ","); }},
      {"Restarts", [](const Of& of) -> Json {
         return joined(of.pod, [](const auto& container) { return cat(container.state.restarts); });
       }}};
  if (style.namespaces) {
    fields.push_back({"Namespaces", [](const Of& of) -> Json { return of.namespaces; }});
  }
  return fields;
}

Json podDocument(const PodSummary& pod) {
  Json containers = Json::array();
  for (const auto& container : pod.containers) {
    containers.push_back({{"Id", container.id},
                          {"Names", container.name},
                          {"Status", container.state.status},
                          {"RestartCount", container.state.restarts}});
  }
  return {{"Cgroup", pod.cgroup},
          {"Containers", std::move(containers)},
          {"Created", formatTime(pod.created)},
          {"Id", pod.id},
          {"InfraId", pod.infraId},
          {"Name", pod.name},
          {"Namespace", ""},
          {"Networks", pod.networks},
          {"Status", pod.status},
          {"Labels", pod.labels.empty() ? Json::object() : Json(pod.labels)}};
}

void printText(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace cli
