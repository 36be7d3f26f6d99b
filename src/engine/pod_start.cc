#include "engine/container_start.h"
#include "engine/sandbox.h"

namespace engine {

/// Every container is tried, so that one which cannot start does not keep the others down; the
/// first failure is thrown.
void Engine::startPod(const std::string& pod) {
  const PodRecord record = state_->pod(pod);
  within(cat("starting pod ", record.row.name), [&] {
    Rollback undo;
    ensurePodSandbox(*state_, record, undo).wait();
    undo.commit();  // it stays up whatever becomes of its containers
    std::optional<Error> failure;
    for (const ContainerRecord& container : state_->containersOf(record.id())) {
      try {
        within(cat("container ", container.row.name), [&] { start(*state_, container); });
      } catch (const Error& error) {
        failure = failure ? failure : std::optional<Error>(error);
      }
    }
    if (failure) {
      throw *failure;
    }
  });
}

}  // namespace engine
