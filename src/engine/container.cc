#include "engine/container.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/id.h"
#include "engine/events.h"
#include "engine/namespaces.h"
#include "engine/resources.h"

namespace engine {

namespace {

Path dependentsDirectory(const Context& context, const std::string& container) {
  return context.layout.container(container) / "dependents";
}

Error notRunning(const char* verb, const ContainerRecord& container, const std::string& status) {
  return {ErrorKind::in_use, cat("can only ", verb, " running containers. ", container.id(),
                                 " is in state ", status, ": container state improper")};
}

/// The keeper of a container that runs.
keeper::Client runningKeeper(const Context& context, const ContainerRecord& container,
                             const char* verb) {
  const keeper::ContainerState state = stateOf(context, container);
  std::optional<keeper::Client> client =
      isRunning(state) ? keeper::Client::connect(context.layout, container.sandbox())
                       : std::nullopt;
  if (!client) {
    throw notRunning(verb, container, isRunning(state) ? "exited" : state.status);
  }
  return std::move(*client);
}

using Stop = void (keeper::Client::*)(const std::string&, std::optional<unsigned>);

/// The keeper is asked even where the container does not run now: it may be about to restart it.
void stop(const Context& context, const ContainerRecord& container, std::optional<unsigned> seconds,
          Stop how = &keeper::Client::stop) {
  // Once is enough but where the keeper dies meanwhile: the next connect() clears away what it
  // left.
  constexpr int attempts = 3;
  int attempt = 0;
  do {
    if (auto client = keeper::Client::connect(context.layout, container.sandbox())) {
      ((*client).*how)(container.id(), seconds);
    }
  } while (++attempt < attempts && isRunning(stateOf(context, container)));
}

void refuseDependents(const Context& context, const ContainerRecord& container) {
  const std::vector<std::string> dependents = dependentsOf(context, container.id());
  if (!dependents.empty()) {
    throw Error(
        ErrorKind::in_use,
        cat("container ", container.row.name,
            " has dependent containers which must be removed before it: ", join(dependents, ", ")));
  }
}

}  // namespace

void markDependencies(const Context& context, const std::string& dependent,
                      const std::set<std::string>& targets) {
  for (const std::string& target : targets) {
    const Path directory = dependentsDirectory(context, target);
    makeDirectories(directory, 0700);
    const UniqueFd mark(
        ::open((directory / dependent).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!mark) {
      throw systemError("writing ", (directory / dependent).native());
    }
  }
}

void unmarkDependencies(const Context& context, const std::string& dependent,
                        const std::set<std::string>& targets) {
  for (const std::string& target : targets) {
    ::unlink((dependentsDirectory(context, target) / dependent).c_str());
  }
}

std::vector<std::string> dependentsOf(const Context& context, const std::string& container) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator(dependentsDirectory(context, container), none)) {
    const std::string id = entry.path().filename().native();
    if (const auto row = context.registry.findContainer(id)) {
      names.push_back(row->name);
    } else if (const auto pod = context.registry.findPod(id)) {
      names.push_back(cat("pod ", pod->name));
    }
  }
  return names;
}

void discard(Context& context, const ContainerRecord& container) {
  unmarkDependencies(context, container.id(), joinedContainers(container.spec.namespaces));
  context.trash.add(context.layout.container(container.id()));
  if (container.row.pod.empty()) {
    removeTree(context.layout.sandbox(container.id()));
  }
  ::unlink(context.layout.state(container.id()).c_str());
  context.registry.removeContainer(container.id());
}

void removeStopped(Context& context, const ContainerRecord& container) {
  if (auto client = keeper::Client::connect(context.layout, container.sandbox())) {
    client->forget(container.id());
  }
  discard(context, container);
  recordEvent(context, "remove", container);
}

keeper::Attachment Engine::attach(const std::string& container, bool input) {
  const ContainerRecord record = state_->container(container);
  if (!isRunning(stateOf(*state_, record))) {
    throw Error(
        ErrorKind::in_use,
        cat("you can only attach to running containers: ", record.row.name, " is not running"));
  }
  return runningKeeper(*state_, record, "attach to").attach(record.id(), input);
}

void Engine::stopContainer(const std::string& container, std::optional<unsigned> seconds) {
  if (const auto pod = state_->podOfInfra(container)) {
    stopPod(pod->id(), seconds);  // it ends last
    return;
  }
  const ContainerRecord record = state_->container(container);
  within(cat("stopping container ", record.row.name), [&] { stop(*state_, record, seconds); });
}

void Engine::restartContainer(const std::string& container, std::optional<unsigned> seconds) {
  const ContainerRecord record = state_->container(container);
  within(cat("restarting container ", record.row.name), [&] {
    stop(*state_, record, seconds, &keeper::Client::stopForRestart);
    // Anew: it may have ended by itself just before, and then --rm has removed it.
    start(*state_, state_->container(record.id()));
  });
}

void Engine::killContainer(const std::string& container, int signal) {
  const ContainerRecord record = state_->container(container);
  runningKeeper(*state_, record, "kill").kill(record.id(), signal);
}

void Engine::pauseContainer(const std::string& container) {
  const ContainerRecord record = state_->container(container);
  if (stateOf(*state_, record).status == "paused") {
    throw Error(ErrorKind::in_use,
                cat("container ", record.row.name, " is already paused: container state improper"));
  }
  runningKeeper(*state_, record, "pause").pause(record.id());
}

void Engine::unpauseContainer(const std::string& container) {
  const ContainerRecord record = state_->container(container);
  if (stateOf(*state_, record).status != "paused") {
    throw Error(ErrorKind::in_use, cat("container ", record.row.name,
                                       " is not paused, can't unpause: container state improper"));
  }
  runningKeeper(*state_, record, "unpause").unpause(record.id());
}

void Engine::removeContainer(const std::string& container, bool force,
                             std::optional<unsigned> seconds) {
  const ContainerRecord record = state_->container(container);
  within(cat("removing container ", record.row.name), [&] {
    refuseDependents(*state_, record);
    const keeper::ContainerState state = stateOf(*state_, record);
    if (isRunning(state) && !force) {
      throw Error(ErrorKind::in_use,
                  cat("it is ", state.status, " - running or paused containers cannot be removed ",
                      "without force: container state improper"));
    }
    if (force) {
      stop(*state_, record, seconds);
    }
    removeStopped(*state_, record);
  });
}

int Engine::waitContainer(const std::string& container) {
  const ContainerRecord record = state_->container(container);
  keeper::ContainerState state = stateOf(*state_, record);
  // A keeper that is just being killed may still take the question; the next one has the answer.
  constexpr int attempts = 5;
  for (int attempt = 0; attempt < attempts && isRunning(state); ++attempt) {
    auto client = keeper::Client::connect(state_->layout, record.sandbox());
    state = client ? client->wait(record.id()) : stateOf(*state_, record);
  }
  return state.exitCode;
}

}  // namespace engine
