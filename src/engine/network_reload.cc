#include "engine/container_start.h"

namespace engine {

void Engine::reloadNetwork(const std::string& container) {
  const Context& context = *state_;
  const std::optional<PodRecord> pod = context.podOfInfra(container);
  const std::string sandbox = pod ? pod->id() : context.container(container).sandbox();
  within(cat("reloading the network of container ", container), [&] {
    auto client = keeper::Client::connect(context.layout, sandbox);
    if (!client) {
      throw Error(ErrorKind::in_use, "it is not running: container state improper");
    }
    client->reloadNetwork();
  });
}

}  // namespace engine
