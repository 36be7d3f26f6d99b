#include "keeper/client.h"

#include <poll.h>

#include <algorithm>

#include "base/json.h"
#include "keeper/protocol.h"
#include "keeper/starter.h"
#include "keeper/state.h"

namespace keeper {
namespace {

Json request(const char* verb) {
  return {{"verb", verb}};
}

Json request(const char* verb, const std::string& container) {
  return {{"verb", verb}, {"container", container}};
}

Json withSeconds(Json json, std::optional<unsigned> seconds) {
  if (seconds) {
    json["seconds"] = *seconds;
  }
  return json;
}

Json startRequest(const ContainerConfig& config) {
  Json json = request("start", config.id);
  json["config"] = config;
  return json;
}

}  // namespace

std::optional<Client> Client::connect(const Layout& layout, const std::string& sandbox) {
  UniqueFd socket = connectToKeeper(layout.sandbox(sandbox));
  if (!socket) {
    socket = takeOver(layout, sandbox);
  }
  if (!socket) {
    return std::nullopt;
  }
  return Client(layout, sandbox, std::move(socket));
}

Client Client::connectOrStart(const Layout& layout, const SandboxConfig& config,
                              const std::function<void(pid_t, std::uint64_t)>& started) {
  auto again = [layout, config, started] { return connectOrStartKeeper(layout, config, started); };
  Client client(layout, config.id, again());
  client.again_ = std::move(again);
  return client;
}

void Client::send(Json request) {
  if (TimedPhase::tracing()) {
    request["trace"] = true;
  }
  const std::string text = printJson(request);
  if (text.size() > maxPacket) {
    throw Error(ErrorKind::invalid, cat("the request to the keeper of ", sandbox_, " has ",
                                        text.size(), " bytes, more than ", maxPacket));
  }
  sendPacket(socket_.get(), text);  // where it fails, answer() finds nobody
}

std::optional<Json> Client::answer() {
  const auto packet = receivePacket(socket_.get());
  if (!packet) {
    return std::nullopt;
  }
  Json json = parseJson(*packet, "a keeper's answer");
  if (const auto phases = json.find("phases"); phases != json.end()) {
    for (const TimedPhase::Record& phase : phasesFromJson(*phases)) {
      TimedPhase::add(phase);
    }
  }
  const auto error = json.find("error");
  if (error != json.end()) {
    throw errorFromJson(*error);
  }
  return json["ok"];
}

Json Client::ask(const Json& request) {
  send(request);
  auto json = answer();
  if (!json) {
    failGone(request["verb"].get<std::string>());
  }
  return std::move(*json);
}

void Client::failGone(const std::string& verb) const {
  throw Error(ErrorKind::in_use,
              cat("the keeper of ", sandbox_, " ended while it was asked to ", verb,
                  ": try again, or see ", (layout_.sandbox(sandbox_) / "keeper.log").native()));
}

bool Client::askUnlessGone(const Json& request) {
  send(request);
  return answer().has_value();
}

void Client::requestSandbox() {
  send(request("startSandbox"));
  requested_ = true;
}

SandboxState Client::startSandbox() {
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    if (!std::exchange(requested_, false)) {
      send(request("startSandbox"));
    }
    if (const auto state = answer()) {
      return state->get<SandboxState>();
    }
    if (!again_ || attempt == attempts) {
      failGone("startSandbox");
    }
    socket_ = again_();
  }
}

ContainerState Client::start(const ContainerConfig& config) {
  return ask(startRequest(config)).get<ContainerState>();
}

std::pair<ContainerState, Attachment> Client::startAttached(const ContainerConfig& config,
                                                            bool input) {
  Json json = startRequest(config);
  json["attach"] = true;
  json["input"] = input;
  auto state = ask(json).get<ContainerState>();
  return {std::move(state), Attachment(std::move(socket_))};
}

Attachment Client::attach(const std::string& container, bool input) {
  Json json = request("attach", container);
  json["input"] = input;
  ask(json);
  return Attachment(std::move(socket_));
}

void Client::stop(const std::string& container, std::optional<unsigned> seconds) {
  askUnlessGone(withSeconds(request("stop", container), seconds));
}

void Client::stopForRestart(const std::string& container, std::optional<unsigned> seconds) {
  Json json = withSeconds(request("stop", container), seconds);
  json["keep"] = true;
  askUnlessGone(json);
}

void Client::kill(const std::string& container, int signal) {
  Json json = request("kill", container);
  json["signal"] = signal;
  ask(json);
}

void Client::pause(const std::string& container) {
  ask(request("pause", container));
}

void Client::unpause(const std::string& container) {
  ask(request("unpause", container));
}

void Client::update(const std::string& container, const CgroupLimits& limits) {
  Json json = container.empty() ? request("updateSandbox") : request("update", container);
  json["limits"] = limitsToJson(limits);
  askUnlessGone(json);
}

ContainerState Client::wait(const std::string& container) {
  beginWait(container);
  return waited();
}

void Client::beginWait(const std::string& container) {
  waitsFor_ = container;
  send(request("wait", container));
}

ContainerState Client::waited() {
  if (const auto json = answer()) {
    return json->get<ContainerState>();
  }
  return readState(layout_, waitsFor_).value_or(ContainerState{});
}

void Client::forget(const std::string& container) {
  askUnlessGone(request("forget", container));
}

bool Client::stopSandbox(std::optional<unsigned> seconds) {
  return askUnlessGone(withSeconds(request("stopSandbox"), seconds));
}

void Client::requestEnd(std::optional<unsigned> seconds, bool many) {
  Json json = seconds == 0U ? request("killSandbox") : withSeconds(request("stopSandbox"), seconds);
  json["removes"] = true;
  json["many"] = many;
  send(json);
}

bool Client::awaitEnd() {
  return answer().has_value();
}

void Client::requestFinish() {
  send(request("finishSandbox"));
}

bool Client::awaitFinish(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left =
      std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd watched{socket_.get(), POLLIN, 0};
  if (poll(&watched, 1, static_cast<int>(std::max(left, milliseconds(0)).count())) <= 0) {
    return false;
  }
  return answer().has_value();
}

void Client::stopUnusedSandbox() {
  askUnlessGone(request("stopUnusedSandbox"));
}

void Client::killSandbox() {
  askUnlessGone(request("killSandbox"));
}

void Client::signalSandbox(int signal) {
  Json json = request("signalSandbox");
  json["signal"] = signal;
  ask(json);
}

void Client::pauseSandbox() {
  ask(request("pauseSandbox"));
}

void Client::unpauseSandbox() {
  ask(request("unpauseSandbox"));
}

std::vector<network::PublishedPort> Client::publish(
    const std::vector<network::PublishedPort>& ports) {
  Json json = request("publish");
  json["ports"] = portsToJson(ports);
  return portsFromJson(ask(json));
}

void Client::reloadNetwork() {
  ask(request("reloadNetwork"));
}

void Client::unpublish(const std::vector<network::PublishedPort>& ports) {
  Json json = request("unpublish");
  json["ports"] = portsToJson(ports);
  ask(json);
}

bool askUntilAnswered(const Layout& layout, const std::string& sandbox,
                      const std::function<bool(Client)>& ask) {
  constexpr int attempts = 3;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto client = Client::connect(layout, sandbox);
    if (!client || ask(std::move(*client))) {
      return true;
    }
  }
  return false;
}

}  // namespace keeper
