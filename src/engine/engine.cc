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
    for (const store::ContainerRow& row : state_->registry.containers()) {
      if (row.image == image.id) {
        throw Error(ErrorKind::in_use,
                    cat("removing image ", typed, ": image is in use by container ", row.name,
                        ": remove that first"));
      }
    }
  });
}

}  // namespace engine
