#include "engine/reclaim.h"

#include <unistd.h>

#include "keeper/state.h"

namespace engine {

namespace {

/// A keeper that ends in order takes its configuration away before its lock.
bool keeperDied(const Context& context, const std::string& sandbox) {
  return ::access(keeper::sandboxConfigPath(context.layout, sandbox).c_str(), F_OK) == 0 &&
         !keeper::keeperRuns(context.layout, sandbox);
}

bool isLeftOver(const Context& context, const ContainerRecord& container) {
  if (!container.spec.remove || stateOf(context, container).status != "exited") {
    return false;
  }
  if (!ranBeforeBoot(context, container) && !keeperDied(context, container.sandbox())) {
    return false;
  }
  // A pod that lives on gets a new keeper, which sees to it.
  return !keeper::readSandboxState(context.layout, container.sandbox());
}

}  // namespace

bool reclaim(Context& context, const ContainerRecord& container) {
  if (!isLeftOver(context, container)) {
    return false;
  }
  try {
    removeStopped(context, container);
  } catch (const Error&) {
    // Another command is at it, or it cannot be removed: who asks for that is told why.
    return !context.registry.findContainer(container.id());
  }
  return true;
}

ContainerRecord keptContainer(Context& context, const std::string& reference) {
  ContainerRecord container = context.container(reference);
  return reclaim(context, container) ? context.container(reference) : container;
}

std::vector<ContainerRecord> keptContainersOf(Context& context, const std::string& pod) {
  std::vector<ContainerRecord> containers = context.containersOf(pod);
  std::erase_if(containers,
                [&](const ContainerRecord& container) { return reclaim(context, container); });
  return containers;
}

void freeName(Context& context, const std::string& name) {
  std::optional<store::ContainerRow> row;
  try {
    row = context.registry.findContainer(name);
  } catch (const Error&) {
    return;  // the beginning of several ids, and nobody's name
  }
  if (row && row->name == name) {
    reclaim(context, read(std::move(*row)));
  }
}

void clearUnfinished(const keeper::Layout& layout, const std::string& sandbox,
                     std::chrono::steady_clock::time_point deadline) {
  keeper::askUntilAnswered(layout, sandbox, [&](keeper::Client client) {
    client.requestFinish();
    return client.awaitFinish(deadline);
  });
}

void reclaimSandboxes(const keeper::Layout& layout) {
  constexpr std::chrono::seconds patience{5};
  std::optional<store::Registry> registry;
  for (const auto& entry : std::filesystem::directory_iterator(layout.sandboxes())) {
    const std::string id = entry.path().filename();
    if (keeper::keeperRuns(layout, id)) {
      continue;
    }
    if (!registry) {
      registry.emplace(layout.registry());
    }
    // Who makes one has made its row before the directory.
    if (!registry->findPod(id) && !registry->findContainer(id)) {
      clearUnfinished(layout, id, std::chrono::steady_clock::now() + patience);
      removeTree(entry.path());
    }
  }
}

}  // namespace engine
