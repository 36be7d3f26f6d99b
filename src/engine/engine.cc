#include "engine/context.h"

namespace engine {

Engine::Engine(keeper::Layout layout) : state_(std::make_unique<State>(std::move(layout))) {}

Engine::~Engine() = default;

const keeper::Layout& Engine::layout() const {
  return state_->layout;
}

image::Store& Engine::images() {
  return state_->images;
}

image::Store::Removed Engine::removeImage(const std::string& typed, bool force) {
  return state_->images.remove(typed, force, [&](const image::Image& image) {
    std::vector<store::ContainerRow> rows = state_->registry.containers();
    // Newest first: others may have joined an older one's namespaces.
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      if (row->image != image.id) {
        continue;
      }
      if (!force) {
        throw Error(ErrorKind::in_use,
                    cat("removing image ", typed, ": image is in use by container ", row->name,
                        ": remove that first, or use force to remove it too"));
      }
      removeContainer(row->id, true, std::nullopt);
    }
  });
}

}  // namespace engine
