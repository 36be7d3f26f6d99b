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

Json namespaceNumbers(pid_t pid) {
  return {{"Cgroup", namespaceNumber(pid, "cgroup")}, {"IPC", namespaceNumber(pid, "ipc")},
          {"MNT", namespaceNumber(pid, "mnt")},       {"NET", namespaceNumber(pid, "net")},
          {"PIDNS", namespaceNumber(pid, "pid")},     {"USERNS", namespaceNumber(pid, "user")},
          {"UTS", namespaceNumber(pid, "uts")}};
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

Json containerRow(const ContainerSummary& container, const ListStyle& style) {
  const auto& state = container.state;
  const bool ended = state.status == "exited";
  const std::string created = goTime(container.created);
  const std::string age = ago(container.created);
  Json row{{"ID", style.id(container.id)},
           {"Names", container.name},
           {"Image", container.image},
           {"ImageID", container.imageId},
           {"Command", commandText(container.command, !style.truncate)},
           {"CreatedAt", created},
           {"Created", created},
           {"CreatedHuman", age},
           {"RunningFor", age},
           {"Status", statusText(state)},
           {"State", capitalized(state.status)},
           {"Ports", portsText(container.ports)},
           {"Labels", container.labels},
           {"Label", container.labels},
           {"Pod", style.id(container.pod)},
           {"PodName", container.podName},
           {"Networks", join(container.networks, ",")},
           {"Mounts", container.mounts},
           {"Size", sizeText(style.size)},
           {"AutoRemove", container.remove},
           {"Pid", state.pid},
           {"ExitCode", state.exitCode},
           {"Exited", ended},
           {"ExitedAt", seconds(state.finishedAt)},
           {"StartedAt", seconds(state.startedAt)},
           {"Restarts", state.restarts},
           {"IsInfra", container.infra}};
  if (style.namespaces) {
    Json numbers = namespaceNumbers(state.pid);
    row["Namespaces"] = numbers;
    row.update(numbers);
  }
  return row;
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

Json podRow(const PodSummary& pod, const ListStyle& style) {
  return {{"ID", style.id(pod.id)},
          {"Name", pod.name},
          {"Status", pod.status},
          {"Created", ago(pod.created)},
          {"InfraID", style.id(pod.infraId)},
          {"NumberOfContainers", pod.containers.size() + (pod.hasInfra ? 1 : 0)},
          {"ContainerIds",
           joined(pod, [&](const ContainerSummary& container) { return style.id(container.id); })},
          {"ContainerNames",
           joined(pod, [](const ContainerSummary& container) { return container.name; })},
          {"ContainerStatuses",
           joined(pod, [](const ContainerSummary& container) { return container.state.status; })},
          {"Cgroup", pod.cgroup},
          {"Labels", pod.labels},
          {"Label", pod.labels},
          {"Networks", join(pod.networks, ",")},
          {"Restarts", joined(pod, [](const ContainerSummary& container) {
             return cat(container.state.restarts);
           })}};
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
