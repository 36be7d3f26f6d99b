#include <algorithm>

#include "engine/context.h"
#include "engine/reclaim.h"
#include "kernel/process.h"

namespace engine {

Engine::Engine(keeper::Layout layout, const std::string& cgroupManager, Purpose purpose)
    : state_(std::make_unique<State>(std::move(layout), cgroupManager, purpose)) {}

/// What nobody has to wait for is done by a process of its own.
Engine::~Engine() {
  const keeper::Layout layout = state_->layout;
  const Trash trash = state_->trash;
  const bool logIsLong = state_->registry.logIsLong();
  const bool removesMany = state_->removesMany;
  const auto ended = std::move(state_->ended);  // they hang up last of all
  state_.reset();                               // a connection of SQLite's does not survive a fork
  if (!trash.used() && !logIsLong && !removesMany) {
    return;
  }
  try {
    inBackground([&] {
      if (logIsLong) {
        store::Registry(layout.registry()).shortenLog();
      }
      if (trash.used()) {
        trash.empty();
      }
      if (removesMany) {
        reclaimSandboxes(layout);
      }
    });
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): the next one does it
  }
}

const keeper::Layout& Engine::layout() const {
  return state_->layout;
}

image::Store& Engine::images() {
  return state_->images;
}

/// Newest first: others may have joined an older one's namespaces.
static std::vector<store::ContainerRow> usersOf(const Context& context, const std::string& image) {
  std::vector<store::ContainerRow> rows = context.registry.containers();
  std::erase_if(rows, [&](const store::ContainerRow& row) { return row.image != image; });
  std::reverse(rows.begin(), rows.end());
  return rows;
}

image::Store::Removed Engine::removeImage(const std::string& typed, bool force) {
  // Containers are removed while nobody waits for the store: each may take its time to stop. Others
  // may make new ones meanwhile.
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    std::vector<store::ContainerRow> users;
    try {
      return state_->images.remove(typed, force, [&](const image::Image& image) {
        users = usersOf(*state_, image.id);
        if (!users.empty()) {
          throw Error(ErrorKind::in_use, cat("removing image ", typed,
                                             ": image is in use by container ", users.front().name,
                                             ": remove that first, or use force to remove it too"));
        }
      });
    } catch (const Error&) {
      if (users.empty() || !force || attempt == attempts) {
        throw;
      }
    }
    for (const store::ContainerRow& row : users) {
      if (state_->registry.findContainer(row.id)) {
        removeContainer(row.id, true, std::nullopt);
      }
    }
  }
}

}  // namespace engine
